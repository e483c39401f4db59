package dev.headrace.flink.agent.journal;

import dev.headrace.flink.wire.JournalEntry;
import java.io.Serializable;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * Keeps finished calls of runs outside of checkpoints: a call is in it before its result is used,
 * so that it is not made again however the job dies.
 */
public interface JournalStore extends AutoCloseable {

  /** Travels in the job graph and opens the store of a subtask. */
  interface Factory extends Serializable {
    /**
     * Reads what was recorded since the restored checkpoint, or, where there was none to restore,
     * by earlier attempts of the same submission.
     *
     * @param job name of the job
     * @param jobId Flink's id of the submission: the same in all its attempts
     * @param owns whether a key is the subtask's
     * @param positions what {@link JournalStore#positions} gave in all subtasks at the restored
     *     checkpoint; empty without one
     */
    JournalStore open(String job, String jobId, Predicate<String> owns, List<byte[]> positions)
        throws Exception;
  }

  /**
   * Records a call.
   *
   * @param durable called on any thread once a restore would find it
   * @param failed called on any thread when it cannot be recorded: the job must end
   */
  void append(
      String key, String inputId, JournalEntry entry, Runnable durable, Consumer<Throwable> failed);

  /** Calls of an input that an earlier start recorded, by index; given once. */
  Map<Integer, JournalEntry> take(String key, String inputId);

  /** From where a restore of the checkpoint that is being taken must read. */
  List<byte[]> positions();
}
