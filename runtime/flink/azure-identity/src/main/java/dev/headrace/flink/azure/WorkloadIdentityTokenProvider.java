package dev.headrace.flink.azure;

import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.azurebfs.extensions.CustomTokenProviderAdaptee;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives Flink's {@code abfss://} file system the identity of its pod on AKS. The driver in
 * flink-azure-fs-hadoop 2.3.0 is that of Hadoop 3.3.4, which has no provider for Azure workload
 * identity (it came with HADOOP-18610).
 *
 * <p>Set {@code fs.azure.account.auth.type: Custom} and {@code
 * fs.azure.account.oauth.provider.type} to this class's name, and put the jar into the plugin
 * folder of flink-azure-fs-hadoop. Everything else comes from the environment that the webhook of
 * Azure workload identity sets: {@code AZURE_CLIENT_ID}, {@code AZURE_TENANT_ID}, {@code
 * AZURE_FEDERATED_TOKEN_FILE} and {@code AZURE_AUTHORITY_HOST}.
 */
public final class WorkloadIdentityTokenProvider implements CustomTokenProviderAdaptee {
  private static final Logger LOG = LoggerFactory.getLogger(WorkloadIdentityTokenProvider.class);
  // The driver asks anew five minutes before the expiry that it was told; a longer-lived cache
  // would hand it the same token.
  private static final Duration MARGIN = Duration.ofMinutes(5);

  private final Map<String, String> environment;
  private final Clock clock;
  private final TokenExchange.Pause pause;
  private TokenExchange exchange;
  private AccessToken token;

  /** Made by the driver. */
  public WorkloadIdentityTokenProvider() {
    this(System.getenv(), Clock.systemUTC(), duration -> Thread.sleep(duration.toMillis()));
  }

  WorkloadIdentityTokenProvider(
      Map<String, String> environment, Clock clock, TokenExchange.Pause pause) {
    this.environment = environment;
    this.clock = clock;
    this.pause = pause;
  }

  /**
   * Reads the environment.
   *
   * @throws WorkloadIdentityException HR-AZUREID-001 or HR-AZUREID-002
   */
  @Override
  public synchronized void initialize(Configuration configuration, String accountName)
      throws IOException {
    WorkloadIdentity identity = WorkloadIdentity.from(environment);
    exchange = new TokenExchange(identity, clock, pause);
    LOG.info(
        "{} is opened as client {} of {}",
        accountName,
        identity.clientId(),
        identity.tokenEndpoint());
  }

  /**
   * A token that is good for five minutes at least, unless Entra fails just then: the last one is
   * used up to its end.
   *
   * @throws WorkloadIdentityException HR-AZUREID-003 to HR-AZUREID-006
   */
  @Override
  public synchronized String getAccessToken() throws IOException {
    if (exchange == null) {
      throw new IllegalStateException("getAccessToken before initialize");
    }
    if (token == null || !validAt(clock.instant().plus(MARGIN))) {
      try {
        token = exchange.exchange();
      } catch (WorkloadIdentityException e) {
        if (token == null || !e.code().equals("HR-AZUREID-005") || !validAt(clock.instant())) {
          throw e;
        }
        LOG.warn("The access token in hand is used until {}: {}", token.expiry(), e.getMessage());
      }
    }
    return token.value();
  }

  /** When the token that was given last expires; the epoch's begin before the first. */
  @Override
  public synchronized Date getExpiryTime() {
    return Date.from(token == null ? Instant.EPOCH : token.expiry());
  }

  private boolean validAt(Instant time) {
    return token.expiry().isAfter(time);
  }
}
