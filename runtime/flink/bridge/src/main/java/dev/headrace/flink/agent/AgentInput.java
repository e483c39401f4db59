package dev.headrace.flink.agent;

/**
 * A record on its way to the agent.
 *
 * @param key the agent's key as text; empty where {@code error} is set
 * @param inputId what the input is known by for good: the same after every restart, in every region
 * @param value the record as it was read: JSON, UTF-8, unless {@code error} is set
 * @param error why the record cannot be an input; null for one that can
 */
public record AgentInput(String key, String inputId, byte[] value, String error) {

  public static AgentInput of(String key, String inputId, byte[] value) {
    return new AgentInput(key, inputId, value, null);
  }

  /** A record that goes to the dead letters. */
  public static AgentInput invalid(String inputId, byte[] value, String error) {
    return new AgentInput("", inputId, value, error);
  }
}
