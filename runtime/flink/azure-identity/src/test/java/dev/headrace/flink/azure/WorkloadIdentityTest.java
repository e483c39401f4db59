package dev.headrace.flink.azure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class WorkloadIdentityTest {
  @ParameterizedTest
  @CsvSource({
    "https://login.microsoftonline.com/,"
        + " https://login.microsoftonline.com/tenant/oauth2/v2.0/token",
    "https://login.microsoftonline.us, https://login.microsoftonline.us/tenant/oauth2/v2.0/token",
    "'', https://login.microsoftonline.com/tenant/oauth2/v2.0/token",
    "http://127.0.0.1:8080/, http://127.0.0.1:8080/tenant/oauth2/v2.0/token",
  })
  void theEndpointIsMadeOfAuthorityAndTenant(String authority, String endpoint) throws Exception {
    assertThat(
            WorkloadIdentity.from(environment(Map.of("AZURE_AUTHORITY_HOST", authority)))
                .tokenEndpoint())
        .hasToString(endpoint);
  }

  @Test
  void allMissingVariablesAreNamedWithTheMend() {
    assertThatThrownBy(
            () ->
                WorkloadIdentity.from(Map.of("AZURE_TENANT_ID", "tenant", "AZURE_CLIENT_ID", " ")))
        .isInstanceOf(WorkloadIdentityException.class)
        .hasMessageStartingWith("HR-AZUREID-001: ")
        .hasMessageContaining("AZURE_CLIENT_ID, AZURE_FEDERATED_TOKEN_FILE.")
        .hasMessageContaining("azure.workload.identity/use");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://login.microsoftonline.com/",
        "login.microsoftonline.com",
        "https:///x",
        "https://a b/",
        "ftp://127.0.0.1/",
        "https://a/?x=y"
      })
  void aPodsTokenIsSentInClearTextToNobodyElse(String authority) {
    assertThatThrownBy(
            () -> WorkloadIdentity.from(environment(Map.of("AZURE_AUTHORITY_HOST", authority))))
        .isInstanceOf(WorkloadIdentityException.class)
        .hasMessageStartingWith("HR-AZUREID-002: AZURE_AUTHORITY_HOST is '" + authority + "'");
  }

  @ParameterizedTest
  @ValueSource(strings = {"../common", "a/b", "a?b", "a b"})
  void aTenantThatWouldChangeThePathIsRefused(String tenant) {
    assertThatThrownBy(() -> WorkloadIdentity.from(environment(Map.of("AZURE_TENANT_ID", tenant))))
        .hasMessageStartingWith("HR-AZUREID-002: AZURE_TENANT_ID is '" + tenant + "'");
  }

  private static Map<String, String> environment(Map<String, String> other) {
    Map<String, String> environment =
        new HashMap<>(
            Map.of(
                "AZURE_CLIENT_ID",
                "client",
                "AZURE_TENANT_ID",
                "tenant",
                "AZURE_FEDERATED_TOKEN_FILE",
                "/var/token"));
    environment.putAll(other);
    return environment;
  }
}
