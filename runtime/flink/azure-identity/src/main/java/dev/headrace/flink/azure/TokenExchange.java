package dev.headrace.flink.azure;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Exchanges the pod's token for an access token of the storage service: OAuth 2.0 client
 * credentials with a JWT assertion (RFC 7523; Microsoft identity platform, "Get a token with a
 * federated credential").
 */
final class TokenExchange {
  /** Waits; a test's does not. */
  interface Pause {
    void of(Duration duration) throws InterruptedException;
  }

  private static final Logger LOG = LoggerFactory.getLogger(TokenExchange.class);
  private static final int ATTEMPTS =
      7; // half a second doubled each time: about half a minute in all
  private static final Duration FIRST_PAUSE = Duration.ofMillis(500);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);
  // "No matching federated identity record found" (70021, and by issuer, audience or subject 700211
  // to 700213): also what a
  // credential that was just made answers until all of Entra knows it.
  private static final Pattern PROPAGATING = Pattern.compile("AADSTS70021[1-3]?(?![0-9])");
  private static final Pattern SECONDS = Pattern.compile("[0-9]{1,9}");

  private final WorkloadIdentity identity;
  private final Clock clock;
  private final Pause pause;
  private final HttpClient http =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(10))
          .build();

  TokenExchange(WorkloadIdentity identity, Clock clock, Pause pause) {
    this.identity = identity;
    this.clock = clock;
    this.pause = pause;
  }

  /**
   * Makes the exchange, and repeats it with growing pauses where that may help.
   *
   * @throws WorkloadIdentityException HR-AZUREID-003 for the token file, -004 for a refusal, -005
   *     when the service could not be reached or went on failing, -006 for an answer that is none.
   */
  AccessToken exchange() throws IOException {
    for (int attempt = 1; ; attempt++) {
      Attempt outcome = attempt();
      if (outcome.token() != null) {
        return outcome.token();
      }
      if (!outcome.retry() || attempt == ATTEMPTS) {
        throw outcome.failure();
      }
      Duration wait =
          outcome.retryAfter() != null
              ? outcome.retryAfter()
              : FIRST_PAUSE.multipliedBy(1L << (attempt - 1));
      LOG.warn(
          "Attempt {} of {} to get an access token failed, next in {}: {}",
          attempt,
          ATTEMPTS,
          wait,
          outcome.failure().getMessage());
      try {
        pause.of(wait);
      } catch (InterruptedException e) {
        throw interrupted();
      }
    }
  }

  private record Attempt(
      AccessToken token, WorkloadIdentityException failure, boolean retry, Duration retryAfter) {
    static Attempt failed(WorkloadIdentityException failure, boolean retry, Duration retryAfter) {
      return new Attempt(null, failure, retry, retryAfter);
    }
  }

  private Attempt attempt() throws IOException {
    String assertion = identity.readToken();
    Instant asked = clock.instant();
    HttpResponse<String> response;
    try {
      response = http.send(request(assertion), HttpResponse.BodyHandlers.ofString());
    } catch (InterruptedException e) {
      throw interrupted();
    } catch (IOException e) {
      String message = "cannot reach " + identity.tokenEndpoint() + ": " + e;
      return Attempt.failed(
          new WorkloadIdentityException("HR-AZUREID-005", message, e), true, null);
    }
    Map<String, String> answer = FlatJson.read(response.body()).orElse(null);
    return response.statusCode() == 200
        ? granted(answer, asked)
        : refused(response, answer, assertion);
  }

  private HttpRequest request(String assertion) {
    Map<String, String> form = new LinkedHashMap<>();
    form.put("grant_type", "client_credentials");
    form.put("client_id", identity.clientId());
    form.put("scope", "https://storage.azure.com/.default");
    form.put("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
    form.put("client_assertion", assertion);
    String body =
        form.entrySet().stream()
            .map(e -> e.getKey() + "=" + URLEncoder.encode(e.getValue(), UTF_8))
            .collect(Collectors.joining("&"));
    return HttpRequest.newBuilder(identity.tokenEndpoint())
        .timeout(Duration.ofSeconds(30))
        .header("Content-Type", "application/x-www-form-urlencoded")
        .header("Accept", "application/json")
        .POST(HttpRequest.BodyPublishers.ofString(body))
        .build();
  }

  private Attempt granted(Map<String, String> answer, Instant asked) {
    String token = answer == null ? null : answer.get("access_token");
    String lifetime = answer == null ? null : answer.get("expires_in");
    if (token == null
        || token.isBlank()
        || lifetime == null
        || !SECONDS.matcher(lifetime).matches()) {
      String message =
          identity.tokenEndpoint()
              + " answered 200, but no JSON object with access_token and expires_in in seconds";
      return Attempt.failed(new WorkloadIdentityException("HR-AZUREID-006", message), false, null);
    }
    // Counted from before the request, so that the token is never taken for valid longer than it
    // is.
    return new Attempt(
        new AccessToken(token, asked.plusSeconds(Long.parseLong(lifetime))), null, false, null);
  }

  private Attempt refused(
      HttpResponse<String> response, Map<String, String> answer, String assertion) {
    int status = response.statusCode();
    String error = answer == null ? "" : answer.getOrDefault("error", "");
    String description =
        answer == null
            ? ""
            : answer.getOrDefault("error_description", "").lines().findFirst().orElse("");
    boolean overloaded =
        status == 408 || status == 429 || status >= 500 || error.equals("temporarily_unavailable");
    boolean retry = overloaded || PROPAGATING.matcher(description).find();
    String message =
        identity.tokenEndpoint()
            + " answered "
            + status
            + " to client "
            + identity.clientId()
            + ": "
            + (error + " " + description).strip().replace(assertion, "<token>")
            + (overloaded
                ? ""
                : ". Compare the federated credential's issuer, subject and audience with the pod's"
                    + " service account");
    return Attempt.failed(
        new WorkloadIdentityException(overloaded ? "HR-AZUREID-005" : "HR-AZUREID-004", message),
        retry,
        retryAfter(response));
  }

  private static Duration retryAfter(HttpResponse<String> response) {
    Matcher seconds = SECONDS.matcher(response.headers().firstValue("Retry-After").orElse(""));
    if (!seconds.matches()) {
      return null; // absent, or a date, which Entra does not send
    }
    Duration asked = Duration.ofSeconds(Long.parseLong(seconds.group()));
    return asked.compareTo(LONGEST_PAUSE) < 0 ? asked : LONGEST_PAUSE;
  }

  private static IOException interrupted() {
    Thread.currentThread().interrupt();
    return new InterruptedIOException("interrupted while getting an access token");
  }
}
