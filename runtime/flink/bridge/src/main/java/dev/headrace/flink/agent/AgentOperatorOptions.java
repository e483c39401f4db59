package dev.headrace.flink.agent;

import dev.headrace.flink.agent.journal.JournalStore;
import dev.headrace.flink.agent.wire.WorkerAddresses;
import java.io.Serializable;
import java.util.List;

/**
 * What the operator needs to know; travels in the job graph.
 *
 * @param job name of the job: part of every derived id
 * @param planHash SHA-256 of the agent plan, lower-case hexadecimal; workers of another plan are
 *     not used
 * @param memoryNames names of the agent's memory
 * @param memoryTtl milliseconds after which memory that was neither read nor written is gone; null:
 *     never
 * @param inFlight inputs that a subtask takes before it holds the stream back
 * @param journal where finished calls are recorded before their result is used; null: with the next
 *     checkpoint
 * @param replay null: inputs come once
 * @param digest whether accumulators tell what was restored
 */
public record AgentOperatorOptions(
    String job,
    String region,
    long epoch,
    String planHash,
    List<String> memoryNames,
    Long memoryTtl,
    int inFlight,
    Retry retry,
    WorkerAddresses workers,
    JournalStore.Factory journal,
    Replay replay,
    boolean digest)
    implements Serializable {

  /**
   * @param attempts tries of an input in all
   * @param initialBackoff milliseconds before the second try; each further one waits twice as long
   * @param maxBackoff milliseconds
   * @param failJob whether an input that failed for good fails the job, rather than go to the dead
   *     letters
   */
  public record Retry(int attempts, long initialBackoff, long maxBackoff, boolean failJob)
      implements Serializable {

    /** Milliseconds to wait after {@code tries} failed tries. */
    long backoff(int tries) {
      double doubled = initialBackoff * Math.pow(2, tries - 1);
      return (long) Math.min(doubled, maxBackoff);
    }
  }

  /**
   * Of a source that may give inputs again, after the job moved to another Kafka cluster.
   *
   * @param cluster that this job reads and writes
   * @param window milliseconds for which finished inputs are known
   */
  public record Replay(String cluster, long window) implements Serializable {}
}
