package dev.headrace.flink.job;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.io.Serializable;
import java.util.List;
import java.util.Map;

/**
 * A job as the deployment kit writes it. Times are milliseconds.
 *
 * @param version of this form: 1
 * @param epoch of the lease that the job runs under; 0 without one
 * @param development allows workers without TLS
 * @param rehearsal restores state and nothing else: reads nothing, sends nothing to workers, writes
 *     no output
 * @param inFlight inputs that a subtask takes before it holds the stream back
 * @param guard null: outputs are committed as soon as their checkpoint is complete
 * @param replay null: every region reads the same Kafka
 */
public record JobSpecification(
    @JsonProperty(required = true) int version,
    @JsonProperty(required = true) String name,
    @JsonProperty(required = true) String region,
    long epoch,
    boolean development,
    boolean rehearsal,
    @JsonProperty(required = true) Plan plan,
    @JsonProperty(required = true) int parallelism,
    @JsonProperty(required = true) int maxParallelism,
    @JsonProperty(required = true) int inFlight,
    @JsonProperty(required = true) Retry retry,
    @JsonProperty(required = true) Memory memory,
    @JsonProperty(required = true) Journal journal,
    @JsonProperty(required = true) Source source,
    @JsonProperty(required = true) Sink sink,
    @JsonProperty(required = true) Workers workers,
    Guard guard,
    Replay replay)
    implements Serializable {
  static final int VERSION = 1;

  /** The part of the agent plan that the job reads; the workers read the rest. */
  @JsonIgnoreProperties(ignoreUnknown = true)
  public record Plan(
      @JsonProperty(required = true) String name,
      @JsonProperty(required = true) String hash,
      @JsonProperty(required = true) String key,
      String id,
      @JsonProperty(required = true) Map<String, Object> memory) {}

  /**
   * @param onFailure dead-letter or fail
   */
  public record Retry(
      @JsonProperty(required = true) int attempts,
      @JsonProperty(required = true) long initialBackoff,
      @JsonProperty(required = true) long maxBackoff,
      @JsonProperty(required = true) String onFailure) {}

  /**
   * @param ttl null: memory is kept for ever
   */
  public record Memory(Long ttl) {}

  /**
   * @param mode checkpoint or kafka, which needs the other fields
   */
  public record Journal(
      @JsonProperty(required = true) String mode,
      String topic,
      List<String> bootstrap,
      Map<String, String> properties) {}

  /** Exactly one of them. */
  public record Source(KafkaSource kafka, Sql sql, FileSource file) {}

  /**
   * @param startingOffsets earliest or latest, for a job without state
   * @param bounded ends at the offsets that are the last ones at the start
   * @param startingTime where a job without state of this Kafka begins, milliseconds since 1970;
   *     null: at the group's offsets, or {@code startingOffsets}
   */
  public record KafkaSource(
      @JsonProperty(required = true) String topic,
      @JsonProperty(required = true) List<String> bootstrap,
      @JsonProperty(required = true) String group,
      @JsonProperty(required = true) String startingOffsets,
      boolean bounded,
      Map<String, String> properties,
      Long startingTime) {}

  /**
   * @param ddl a CREATE TABLE statement of the table
   */
  public record Sql(
      @JsonProperty(required = true) String ddl, @JsonProperty(required = true) String table) {}

  /**
   * @param name what records without an id are named after
   * @param format jsonl or tsv
   * @param columns of a tsv file
   * @param rate records a second at most; null: no limit
   */
  public record FileSource(
      @JsonProperty(required = true) String path,
      @JsonProperty(required = true) String name,
      @JsonProperty(required = true) String format,
      List<String> columns,
      Map<String, Derived> derive,
      Double rate,
      @JsonProperty(required = true) int maxLineBytes)
      implements Serializable {}

  /** A field that is the first group of a regular expression over another one. */
  public record Derived(
      @JsonProperty(required = true) String from, @JsonProperty(required = true) String pattern)
      implements Serializable {}

  /** Exactly one of them. */
  public record Sink(KafkaSink kafka, Sql sql, FileSink file) {}

  /**
   * @param guarantee exactly-once or at-least-once
   */
  public record KafkaSink(
      @JsonProperty(required = true) String topic,
      @JsonProperty(required = true) String deadLetterTopic,
      @JsonProperty(required = true) List<String> bootstrap,
      @JsonProperty(required = true) String guarantee,
      Map<String, String> properties) {}

  /**
   * @param path a directory
   */
  public record FileSink(@JsonProperty(required = true) String path) {}

  /**
   * @param targets host:port; every address of a host is a worker
   * @param tls null: plain text, which needs {@code development}
   */
  public record Workers(@JsonProperty(required = true) List<String> targets, Tls tls) {}

  /**
   * @param directory holds ca.crt, tls.crt and tls.key
   * @param serverName null: the host of the target
   */
  public record Tls(@JsonProperty(required = true) String directory, String serverName) {}

  /**
   * Of a job that another region may take over.
   *
   * @param permit URI of what the region's supervisor allows, in the region's own store
   * @param poll milliseconds between two looks at it while something waits
   * @param alone milliseconds after which outputs are committed by the lease alone; null: never
   */
  public record Guard(
      @JsonProperty(required = true) String permit,
      @JsonProperty(required = true) long poll,
      Long alone) {}

  /**
   * Of a job whose regions have a Kafka each: positions and transactions of one mean nothing in
   * another.
   *
   * @param cluster that this job reads and writes: part of the uids of source and sinks
   * @param window milliseconds for which finished inputs are known
   */
  public record Replay(
      @JsonProperty(required = true) String cluster, @JsonProperty(required = true) long window)
      implements Serializable {}

  /** The uid of what keeps state of a Kafka. */
  String uid(String name) {
    return replay == null ? name : name + "-" + replay.cluster();
  }
}
