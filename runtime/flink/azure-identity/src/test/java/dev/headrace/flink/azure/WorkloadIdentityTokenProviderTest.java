package dev.headrace.flink.azure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class WorkloadIdentityTokenProviderTest {
  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

  @TempDir Path folder;
  private final FakeEntra entra = open();
  private final List<Duration> pauses = new ArrayList<>();
  private Instant now = START;
  private Path tokenFile;

  @BeforeEach
  void projectAToken() throws IOException {
    tokenFile = Files.writeString(folder.resolve("token"), "pod-token-1\n");
  }

  @AfterEach
  void close() {
    entra.close();
  }

  @Test
  void thePodsTokenIsExchangedForAnAccessTokenOfTheStorageService() throws IOException {
    entra.grants("access-1", 3600);
    WorkloadIdentityTokenProvider provider = provider();
    assertThat(provider.getAccessToken()).isEqualTo("access-1");
    assertThat(provider.getExpiryTime()).isEqualTo(Date.from(START.plusSeconds(3600)));
    assertThat(entra.asked)
        .containsExactly(
            Map.of(
                "grant_type", "client_credentials",
                "client_id", "client-1",
                "scope", "https://storage.azure.com/.default",
                "client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
                "client_assertion", "pod-token-1"));
  }

  @Test
  void aTokenIsKeptUntilFiveMinutesBeforeItsExpiryAndTheFileIsReadAnew() throws IOException {
    entra.grants("access-1", 3600).grants("access-2", 3600);
    WorkloadIdentityTokenProvider provider = provider();
    provider.getAccessToken();
    Files.writeString(tokenFile, "pod-token-2");
    now = START.plusSeconds(3299);
    assertThat(provider.getAccessToken()).isEqualTo("access-1");
    now = START.plusSeconds(3300);
    assertThat(provider.getAccessToken()).isEqualTo("access-2");
    assertThat(provider.getExpiryTime()).isEqualTo(Date.from(now.plusSeconds(3600)));
    assertThat(entra.asked)
        .extracting(form -> form.get("client_assertion"))
        .containsExactly("pod-token-1", "pod-token-2");
  }

  @Test
  void anOverloadedServiceIsAskedAgainAfterGrowingPausesOrTheOneItAskedFor() throws IOException {
    entra.answers(503, "").answers(500, "<html>").answers(429, "{}", Map.of("Retry-After", "7"));
    entra.answers(503, "", Map.of("Retry-After", "86400")).grants("access-1", 3600);
    assertThat(provider().getAccessToken()).isEqualTo("access-1");
    assertThat(pauses)
        .containsExactly(
            Duration.ofMillis(500),
            Duration.ofSeconds(1),
            Duration.ofSeconds(7),
            Duration.ofSeconds(30));
  }

  @Test
  void aFederatedCredentialThatIsNotKnownEverywhereYetIsWaitedFor() throws IOException {
    entra
        .refuses("AADSTS70021: No matching federated identity record found")
        .refuses("AADSTS700213: by subject")
        .grants("access-1", 60);
    assertThat(provider().getAccessToken()).isEqualTo("access-1");
    assertThat(pauses).hasSize(2);
  }

  @Test
  void aCredentialThatStaysUnknownEndsAsARefusal() {
    entra.refuses("AADSTS70021: No matching federated identity record found");
    assertThatThrownBy(() -> provider().getAccessToken())
        .hasMessageStartingWith("HR-AZUREID-004: ")
        .hasMessageContainingAll("400", "client-1", "AADSTS70021", "issuer, subject and audience")
        .hasMessageNotContaining("Trace ID");
    assertThat(entra.asked).hasSize(7);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"AADSTS700016: Application was not found", "AADSTS700211999: no such code"})
  void aRefusalIsFinal(String aadsts) {
    entra.refuses(aadsts);
    assertThatThrownBy(() -> provider().getAccessToken())
        .isInstanceOf(WorkloadIdentityException.class)
        .hasMessageStartingWith("HR-AZUREID-004: ")
        .hasMessageContaining(aadsts);
    assertThat(entra.asked).hasSize(1);
  }

  @Test
  void aServiceThatGoesOnFailingIsGivenUp() {
    entra.answers(503, "");
    assertThatThrownBy(() -> provider().getAccessToken())
        .hasMessageStartingWith("HR-AZUREID-005: ");
    assertThat(entra.asked).hasSize(7);
  }

  @Test
  void aServiceThatCannotBeReachedIsGivenUp() throws IOException {
    WorkloadIdentityTokenProvider provider = provider();
    entra.close();
    assertThatThrownBy(provider::getAccessToken)
        .hasMessageStartingWith("HR-AZUREID-005: cannot reach http://127.0.0.1");
    assertThat(pauses).hasSize(6);
  }

  @Test
  void theTokenInHandIsUsedUpWhileTheServiceFails() throws IOException {
    entra.grants("access-1", 3600).answers(503, "");
    WorkloadIdentityTokenProvider provider = provider();
    provider.getAccessToken();
    now = START.plusSeconds(3599);
    assertThat(provider.getAccessToken()).isEqualTo("access-1");
    now = START.plusSeconds(3600);
    assertThatThrownBy(provider::getAccessToken).hasMessageStartingWith("HR-AZUREID-005: ");
  }

  @Test
  void theTokenInHandIsNotUsedUpAfterARefusal() throws IOException {
    entra.grants("access-1", 3600).refuses("AADSTS7000215: revoked");
    WorkloadIdentityTokenProvider provider = provider();
    provider.getAccessToken();
    now = START.plusSeconds(3400);
    assertThatThrownBy(provider::getAccessToken).hasMessageStartingWith("HR-AZUREID-004: ");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "<html>",
        "[]",
        "{\"access_token\":\"t\"",
        "{\"access_token\":\"t\"}",
        "{\"expires_in\":60}",
        "{\"access_token\":\"\",\"expires_in\":60}",
        "{\"access_token\":\"t\",\"expires_in\":-1}"
      })
  void anAnswerThatIsNoneIsRefused(String body) {
    entra.answers(200, body);
    assertThatThrownBy(() -> provider().getAccessToken())
        .hasMessageStartingWith("HR-AZUREID-006: ");
    assertThat(entra.asked).hasSize(1);
  }

  @Test
  void aTokenFileThatIsGoneOrEmptyIsNamed() throws IOException {
    entra.grants("access-1", 3600);
    Files.writeString(tokenFile, "\n");
    assertThatThrownBy(() -> provider().getAccessToken())
        .hasMessageStartingWith("HR-AZUREID-003: ")
        .hasMessageContaining(tokenFile.toString());
    Files.delete(tokenFile);
    assertThatThrownBy(() -> provider().getAccessToken())
        .hasMessageStartingWith("HR-AZUREID-003: ");
    assertThat(entra.asked).isEmpty();
  }

  @Test
  void noTokenIsInAnErrorOrATextForm() {
    entra.refuses("AADSTS50027: the assertion pod-token-1 is malformed");
    StringWriter trace = new StringWriter();
    assertThatThrownBy(() -> provider().getAccessToken())
        .hasMessageContaining("the assertion <token> is malformed")
        .satisfies(error -> error.printStackTrace(new PrintWriter(trace)));
    assertThat(trace.toString()).doesNotContain("pod-token-1");
    assertThat(new AccessToken("secret", START).toString()).doesNotContain("secret");
  }

  private WorkloadIdentityTokenProvider provider() throws IOException {
    Clock clock =
        new Clock() {
          @Override
          public Instant instant() {
            return now;
          }

          @Override
          public ZoneOffset getZone() {
            return ZoneOffset.UTC;
          }

          @Override
          public Clock withZone(java.time.ZoneId zone) {
            return this;
          }
        };
    Map<String, String> environment =
        Map.of(
            "AZURE_CLIENT_ID",
            "client-1",
            "AZURE_TENANT_ID",
            FakeEntra.TENANT,
            "AZURE_FEDERATED_TOKEN_FILE",
            tokenFile.toString(),
            "AZURE_AUTHORITY_HOST",
            entra.authority());
    WorkloadIdentityTokenProvider provider =
        new WorkloadIdentityTokenProvider(environment, clock, pauses::add);
    provider.initialize(new Configuration(false), "account.dfs.core.windows.net");
    return provider;
  }

  private static FakeEntra open() {
    try {
      return new FakeEntra();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
