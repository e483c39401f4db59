package dev.headrace.flink.agent;

import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.flink.runtime.jobgraph.OperatorID;
import org.apache.flink.runtime.operators.coordination.OperatorCoordinator;

/**
 * Tells every subtask of the operator that a checkpoint is coming, before any source sends a
 * barrier.
 *
 * <p>A subtask that holds the stream back does not read its inputs, so a barrier behind unread
 * records would wait for slow runs. Knowing of it, the subtask takes in what lies before the
 * barrier.
 */
final class CheckpointAnnouncer implements OperatorCoordinator {
  private final Map<Integer, SubtaskGateway> subtasks = new ConcurrentHashMap<>();

  @Override
  public void checkpointCoordinator(long checkpointId, CompletableFuture<byte[]> result) {
    // The holder of this coordinator triggers the sources once these events have arrived.
    for (SubtaskGateway subtask : subtasks.values())
      subtask.sendEvent(new CheckpointAnnounced(checkpointId));
    result.complete(new byte[0]);
  }

  @Override
  public void executionAttemptReady(int subtask, int attempt, SubtaskGateway gateway) {
    subtasks.put(subtask, gateway);
  }

  @Override
  public void executionAttemptFailed(int subtask, int attempt, Throwable reason) {
    subtasks.remove(subtask);
  }

  @Override
  public void start() {}

  @Override
  public void close() {}

  @Override
  public void handleEventFromOperator(
      int subtask,
      int attempt,
      org.apache.flink.runtime.operators.coordination.OperatorEvent event) {}

  @Override
  public void notifyCheckpointComplete(long checkpointId) {}

  @Override
  public void resetToCheckpoint(long checkpointId, byte[] state) {}

  @Override
  public void subtaskReset(int subtask, long checkpointId) {}

  record Provider(OperatorID operatorId) implements OperatorCoordinator.Provider {
    private static final long serialVersionUID = 1L;

    @Override
    public OperatorID getOperatorId() {
      return operatorId;
    }

    @Override
    public OperatorCoordinator create(Context context) {
      return new CheckpointAnnouncer();
    }
  }
}
