package dev.headrace.flink.agent;

/**
 * An output of a run.
 *
 * @param id recognizable when it is seen twice: 32 hexadecimal digits
 * @param key the key of the run
 * @param inputId the input of the run
 * @param value JSON, UTF-8
 */
public record AgentOutput(String id, String key, String inputId, byte[] value) {}
