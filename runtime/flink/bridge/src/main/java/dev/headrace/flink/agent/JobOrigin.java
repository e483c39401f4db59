package dev.headrace.flink.agent;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * Whose checkpoint it is. Part of every checkpoint's metadata, as the state of the operator's
 * coordinator, so that a copy of the files tells all by itself.
 *
 * @param job name of the job
 * @param epoch of the lease that the job held; 0 without one
 * @param planHash SHA-256 of the agent plan
 * @param flinkVersion that wrote the checkpoint
 * @param triggeredAt milliseconds since 1970
 */
public record JobOrigin(
    String job, String region, long epoch, String planHash, String flinkVersion, long triggeredAt) {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** What the state begins with; other coordinators' states do not. */
  private static final String MARK = "headrace-origin-1 ";

  byte[] toBytes() {
    try {
      return (MARK + JSON.writeValueAsString(this)).getBytes(StandardCharsets.UTF_8);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Empty for the state of another coordinator. */
  public static Optional<JobOrigin> of(byte[] state) throws IOException {
    String text = new String(state, StandardCharsets.UTF_8);
    return text.startsWith(MARK)
        ? Optional.of(JSON.readValue(text.substring(MARK.length()), JobOrigin.class))
        : Optional.empty();
  }
}
