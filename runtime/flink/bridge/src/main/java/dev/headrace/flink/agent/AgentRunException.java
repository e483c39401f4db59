package dev.headrace.flink.agent;

/** An input failed for good in a job that is set to fail with it. */
public final class AgentRunException extends Exception {
  private static final long serialVersionUID = 1L;

  AgentRunException(String key, String inputId, int tries, String cause) {
    super(
        "HR-RUNTIME-007 %s: failed for good after %d %s: %s (mend the cause and start again, or set agent.retry.onFailure: dead-letter)"
            .formatted(
                key.isEmpty() ? "input " + inputId : "key " + key + ", input " + inputId,
                tries,
                tries == 1 ? "try" : "tries",
                cause));
  }
}
