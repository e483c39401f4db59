package dev.headrace.flink.commit;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.apache.flink.api.common.JobInfo;
import org.apache.flink.api.common.TaskInfo;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.typeutils.base.array.BytePrimitiveArraySerializer;
import org.apache.flink.api.connector.sink2.Committer;
import org.apache.flink.api.connector.sink2.CommitterInitContext;
import org.apache.flink.api.connector.sink2.SupportsCommitter;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.metrics.groups.SinkCommitterMetricGroup;
import org.apache.flink.runtime.checkpoint.CheckpointOptions;
import org.apache.flink.runtime.checkpoint.SavepointType;
import org.apache.flink.runtime.execution.SuppressRestartsException;
import org.apache.flink.runtime.metrics.groups.InternalSinkCommitterMetricGroup;
import org.apache.flink.runtime.state.CheckpointStreamFactory;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.runtime.state.StateSnapshotContext;
import org.apache.flink.streaming.api.connector.sink2.CommittableMessage;
import org.apache.flink.streaming.api.connector.sink2.CommittableWithLineage;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.BoundedOneInput;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.api.operators.OperatorSnapshotFutures;
import org.apache.flink.streaming.api.operators.StreamOperatorParameters;
import org.apache.flink.streaming.api.operators.util.SimpleVersionedListState;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Commits what a sink's writer gave for a checkpoint once that checkpoint is complete <em>and</em>
 * the permit allows it. Until then it holds it in its own state, so that neither records nor
 * checkpoints wait.
 *
 * <p>Flink's own committer cannot do this: it retries what {@code retryLater} asks for at once, ten
 * times, and then fails the job.
 */
final class GuardedCommitter<C> extends AbstractStreamOperator<CommittableMessage<Void>>
    implements OneInputStreamOperator<CommittableMessage<C>, CommittableMessage<Void>>,
        BoundedOneInput {
  private static final long serialVersionUID = 1L;
  private static final Logger LOG = LoggerFactory.getLogger(GuardedCommitter.class);

  private final SupportsCommitter<C> sink;
  private final GuardOptions options;
  private transient Committer<C> committer;
  private transient Permits permits;
  private transient ListState<Batch<C>> state;
  private transient TreeMap<Long, Batch<C>> held;
  private transient long completed;
  private transient boolean ended;

  /** Id of the savepoint that the job is stopped with; 0 while it is not. */
  private transient long stop;

  private transient boolean scheduled;
  private transient Counter committedAlone;

  /** For the gauge, which another thread reads. */
  private transient volatile long oldest;

  GuardedCommitter(
      SupportsCommitter<C> sink,
      GuardOptions options,
      StreamOperatorParameters<CommittableMessage<Void>> parameters) {
    super(parameters);
    this.sink = sink;
    this.options = options;
  }

  @Override
  public void initializeState(StateInitializationContext context) throws Exception {
    super.initializeState(context);
    held = new TreeMap<>();
    permits = new Permits(options.permit());
    OptionalLong restored = context.getRestoredCheckpointId();
    committer = sink.createCommitter(new Context(restored));
    state =
        new SimpleVersionedListState<>(
            context
                .getOperatorStateStore()
                .getListState(
                    new ListStateDescriptor<>(
                        "held-committables", BytePrimitiveArraySerializer.INSTANCE)),
            new Batch.Serializer<>(sink.getCommittableSerializer()));
    for (Batch<C> batch : state.get()) add(batch.checkpoint(), batch.since(), batch.requests());
    completed = restored.orElse(0);
    var group = getMetricGroup().addGroup("headrace");
    committedAlone = group.counter("committedAlone");
    group.gauge(
        "commitHeldMs",
        (Gauge<Long>) () -> oldest == 0 ? 0 : Math.max(0, System.currentTimeMillis() - oldest));
  }

  @Override
  public void open() throws Exception {
    super.open();
    commitPermitted();
  }

  @Override
  public void processElement(StreamRecord<CommittableMessage<C>> element) {
    if (element.getValue() instanceof CommittableWithLineage<C> one)
      add(
          one.getCheckpointId(),
          System.currentTimeMillis(),
          List.of(new CommitRequest<>(one.getCommittable())));
  }

  private void add(long checkpoint, long since, List<CommitRequest<C>> requests) {
    held.computeIfAbsent(checkpoint, id -> new Batch<>(id, since)).requests().addAll(requests);
    oldest = held.firstEntry().getValue().since();
  }

  @Override
  public void snapshotState(StateSnapshotContext context) throws Exception {
    super.snapshotState(context);
    state.update(new ArrayList<>(held.values()));
  }

  @Override
  public OperatorSnapshotFutures snapshotState(
      long checkpoint, long timestamp, CheckpointOptions options, CheckpointStreamFactory factory)
      throws Exception {
    if (options.getCheckpointType() instanceof SavepointType type && type.shouldIgnoreEndOfInput())
      stop = checkpoint;
    return super.snapshotState(checkpoint, timestamp, options, factory);
  }

  @Override
  public void notifyCheckpointComplete(long checkpoint) throws Exception {
    super.notifyCheckpointComplete(checkpoint);
    completed = Math.max(completed, checkpoint);
    commitPermitted();
    // Stopped with this savepoint: what is held is in it, and the job's successor commits it. No
    // standby ever has a savepoint as a restore point: its permit would not come.
    if (checkpoint == stop) return;
    // The last checkpoint of a source with an end: nothing comes after it that could commit.
    while (ended && isDue()) {
      permits.read();
      commitPermitted();
      if (isDue()) Thread.sleep(options.poll());
    }
  }

  @Override
  public void endInput() {
    ended = true;
  }

  private boolean isDue() {
    return !held.isEmpty() && held.firstKey() <= completed;
  }

  /** Commits in order of checkpoints, as far as it may. */
  private void commitPermitted() throws IOException, InterruptedException {
    while (isDue() && isPermitted(held.firstEntry().getValue())) {
      Map.Entry<Long, Batch<C>> first = held.firstEntry();
      List<CommitRequest<C>> requests = first.getValue().requests();
      requests.forEach(CommitRequest::select);
      committer.commit(new ArrayList<>(requests));
      requests.removeIf(CommitRequest::isDone);
      if (!requests.isEmpty()) break;
      held.remove(first.getKey());
    }
    oldest = held.isEmpty() ? 0 : held.firstEntry().getValue().since();
    if (!isDue() || scheduled) return;
    permits.refresh();
    scheduled = true;
    var times = getProcessingTimeService();
    times.registerTimer(
        times.getCurrentProcessingTime() + options.poll(),
        time -> {
          scheduled = false;
          commitPermitted();
        });
  }

  private boolean isPermitted(Batch<C> batch) {
    Permit permit = permits.latest();
    if (permit == null) return false;
    long now = System.currentTimeMillis();
    switch (permit.ask(options.epoch(), batch.checkpoint(), now, batch.since(), options.alone())) {
      case COMMIT:
        return true;
      case COMMIT_ALONE:
        committedAlone.inc();
        LOG.warn(
            "HR-FLINK-033 checkpoint {} is in no standby after {} ms, and waiting longer would lose"
                + " its outputs: it is committed by the lease alone; a failover now would make them"
                + " again, with the same ids",
            batch.checkpoint(),
            now - batch.since());
        return true;
      case WAIT:
        return false;
      default:
        // Restarts would not give the lease back.
        throw new SuppressRestartsException(
            new LeaseLostException(options.job(), options.epoch(), permit));
    }
  }

  @Override
  public void close() throws Exception {
    if (permits != null) permits.close();
    if (committer != null) committer.close();
    super.close();
  }

  private final class Context implements CommitterInitContext {
    private final OptionalLong restored;
    private final SinkCommitterMetricGroup metrics =
        InternalSinkCommitterMetricGroup.wrap(getMetricGroup());

    Context(OptionalLong restored) {
      this.restored = restored;
    }

    @Override
    public SinkCommitterMetricGroup metricGroup() {
      return metrics;
    }

    @Override
    public OptionalLong getRestoredCheckpointId() {
      return restored;
    }

    @Override
    public JobInfo getJobInfo() {
      return getRuntimeContext().getJobInfo();
    }

    @Override
    public TaskInfo getTaskInfo() {
      return getRuntimeContext().getTaskInfo();
    }
  }
}
