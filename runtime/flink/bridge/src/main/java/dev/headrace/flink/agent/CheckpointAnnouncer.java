package dev.headrace.flink.agent;

import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.apache.flink.runtime.jobgraph.OperatorID;
import org.apache.flink.runtime.operators.coordination.OperatorCoordinator;
import org.apache.flink.runtime.util.EnvironmentInformation;

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
  private final Supplier<JobOrigin> origin;

  /**
   * @param origin asked at each checkpoint, whose metadata then tells whose it is
   */
  CheckpointAnnouncer(Supplier<JobOrigin> origin) {
    this.origin = origin;
  }

  @Override
  public void checkpointCoordinator(long checkpointId, CompletableFuture<byte[]> result) {
    // The holder of this coordinator triggers the sources once these events have arrived.
    for (SubtaskGateway subtask : subtasks.values())
      subtask.sendEvent(new CheckpointAnnounced(checkpointId));
    result.complete(origin.get().toBytes());
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

  record Provider(OperatorID operatorId, String job, String region, long epoch, String planHash)
      implements OperatorCoordinator.Provider {
    private static final long serialVersionUID = 1L;

    @Override
    public OperatorID getOperatorId() {
      return operatorId;
    }

    @Override
    public OperatorCoordinator create(Context context) {
      return new CheckpointAnnouncer(
          () ->
              new JobOrigin(
                  job,
                  region,
                  epoch,
                  planHash,
                  EnvironmentInformation.getVersion(),
                  System.currentTimeMillis()));
    }
  }
}
