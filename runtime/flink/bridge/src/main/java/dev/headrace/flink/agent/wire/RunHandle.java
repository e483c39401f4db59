package dev.headrace.flink.agent.wire;

import dev.headrace.flink.wire.JournalEntry;
import dev.headrace.flink.wire.RunRequest;
import dev.headrace.flink.wire.RunResult;

/** A run as the pool of workers sees it. All calls come on the task's thread. */
public interface RunHandle {
  /** The request, made anew for each worker that it is sent to. */
  RunRequest.Builder request() throws Exception;

  /**
   * A durable call of the run finished.
   *
   * @param id what the run is called in the worker's stream
   */
  void called(JournalEntry entry, WorkerStream worker, long id) throws Exception;

  void ended(RunResult result) throws Exception;

  /** The worker is lost or hands the run back: it neither ended nor failed. */
  void returned() throws Exception;
}
