package dev.headrace.flink.agent;

import com.google.protobuf.UnsafeByteOperations;
import dev.headrace.flink.agent.journal.JournalStore;
import dev.headrace.flink.agent.wire.AgentWorkerMethod;
import dev.headrace.flink.agent.wire.RunHandle;
import dev.headrace.flink.agent.wire.WorkerPool;
import dev.headrace.flink.agent.wire.WorkerStream;
import dev.headrace.flink.wire.Failed;
import dev.headrace.flink.wire.Finished;
import dev.headrace.flink.wire.JournalEntry;
import dev.headrace.flink.wire.JournalMode;
import dev.headrace.flink.wire.MemoryChange;
import dev.headrace.flink.wire.OperatorHello;
import dev.headrace.flink.wire.Output;
import dev.headrace.flink.wire.RunRequest;
import dev.headrace.flink.wire.RunResult;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Predicate;
import org.apache.flink.api.common.operators.MailboxExecutor;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.state.OperatorStateStore;
import org.apache.flink.api.common.typeinfo.PrimitiveArrayTypeInfo;
import org.apache.flink.runtime.operators.coordination.OperatorEvent;
import org.apache.flink.runtime.operators.coordination.OperatorEventHandler;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.apache.flink.runtime.state.KeyGroupRangeAssignment;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.runtime.state.StateSnapshotContext;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.BoundedOneInput;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.api.operators.StreamOperatorParameters;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.runtime.tasks.mailbox.TaskMailbox;
import org.apache.flink.util.OutputTag;
import org.apache.flink.util.function.RunnableWithException;

/**
 * Runs inputs on agent workers: one of a key at a time, in the order in which they came, any number
 * of keys at once.
 *
 * <p>Keyed state: a key's memory. Inputs that are not finished live on the heap, at most {@code
 * inFlight} a subtask but for those before an announced barrier, and are written to keyed state
 * with each checkpoint, each with the calls that finished: after a restore, at any parallelism,
 * they are sent again with these. A run's outputs and changes of memory apply in one turn of the
 * task's thread, which alone touches state.
 */
public final class AgentOperator extends AbstractStreamOperator<AgentOutput>
    implements OneInputStreamOperator<AgentInput, AgentOutput>,
        BoundedOneInput,
        OperatorEventHandler {
  private static final long serialVersionUID = 1L;

  /** Inputs that were given up, a line of JSON each, without a line break. */
  public static final OutputTag<byte[]> DEAD_LETTERS =
      new OutputTag<>("dead-letters", PrimitiveArrayTypeInfo.BYTE_PRIMITIVE_ARRAY_TYPE_INFO);

  /** A larger run is no use to a worker that serves others as well. */
  private static final int MAX_RUN_BYTES = 16 << 20;

  /** More than the network's buffers before a barrier hold. */
  private static final long MAX_TAKEN_BYTES = 64L << 20;

  private final AgentOperatorOptions options;
  private transient MailboxExecutor mailbox;
  private transient WorkerPool pool;
  private transient JournalStore journal;
  private transient AgentMetrics metric;
  private transient MemoryState memory;
  private transient PendingState pending;

  /** Null where inputs come once. */
  private transient SeenInputs seen;

  private transient ListState<byte[]> journalPositions;

  private transient KeyQueues queues;
  private transient int inFlight;

  /** The newest announced checkpoint; until its barrier is here, no input is held back. */
  private transient long announced;

  private transient long snapshotted;
  private transient boolean closed;

  AgentOperator(AgentOperatorOptions options, StreamOperatorParameters<AgentOutput> parameters) {
    super(parameters);
    this.options = options;
  }

  @Override
  public void initializeState(StateInitializationContext context) throws Exception {
    super.initializeState(context);
    queues = new KeyQueues();
    memory =
        new MemoryState(context.getKeyedStateStore(), getKeyedStateBackend(), options.memoryTtl());
    if (options.replay() != null)
      seen = new SeenInputs(context.getKeyedStateStore(), options.replay().window());
    pending = new PendingState(context.getKeyedStateStore(), getKeyedStateBackend());
    openJournal(context.getOperatorStateStore());
    if (options.digest()) {
      var digest = new StateDigest();
      memory.digest(digest);
      pending.digest(digest);
      digest.publish(getRuntimeContext());
    }
    if (context.isRestored()) pending.restore(this::take);
  }

  private void openJournal(OperatorStateStore store) throws Exception {
    journalPositions =
        store.getUnionListState(
            new ListStateDescriptor<>(
                // Those of another Kafka mean nothing here.
                options.replay() == null
                    ? "journal-positions"
                    : "journal-positions-" + options.replay().cluster(),
                PrimitiveArrayTypeInfo.BYTE_PRIMITIVE_ARRAY_TYPE_INFO));
    List<byte[]> positions = new ArrayList<>();
    for (byte[] position : journalPositions.get()) positions.add(position);
    if (options.journal() != null)
      journal =
          options
              .journal()
              .open(
                  options.job(),
                  getRuntimeContext().getJobInfo().getJobId().toHexString(),
                  owns(),
                  positions);
  }

  /** Whether a key is in this subtask's key groups. */
  private Predicate<String> owns() {
    int maxParallelism = getRuntimeContext().getTaskInfo().getMaxNumberOfParallelSubtasks();
    KeyGroupRange range =
        KeyGroupRangeAssignment.computeKeyGroupRangeForOperatorIndex(
            maxParallelism,
            getRuntimeContext().getTaskInfo().getNumberOfParallelSubtasks(),
            getRuntimeContext().getTaskInfo().getIndexOfThisSubtask());
    return key -> range.contains(KeyGroupRangeAssignment.assignToKeyGroup(key, maxParallelism));
  }

  @Override
  public void open() throws Exception {
    super.open();
    int subtask = getRuntimeContext().getTaskInfo().getIndexOfThisSubtask();
    // The lowest priority: while an input is held back, barriers and announcements are handled as
    // well.
    mailbox =
        getContainingTask().getMailboxExecutorFactory().createExecutor(TaskMailbox.MIN_PRIORITY);
    var hello =
        OperatorHello.newBuilder()
            .setProtocol(AgentWorkerMethod.PROTOCOL)
            .setPlanHash(options.planHash())
            .setJob(options.job())
            .setRegion(options.region())
            .setEpoch(options.epoch())
            .setSubtask(subtask)
            .setVersion(String.valueOf(AgentOperator.class.getPackage().getImplementationVersion()))
            .setJournal(
                journal == null
                    ? JournalMode.JOURNAL_MODE_CHECKPOINT
                    : JournalMode.JOURNAL_MODE_KAFKA)
            .build();
    pool =
        new WorkerPool(
            options.workers(),
            hello,
            options.job() + "-" + subtask,
            task -> mailbox.execute(task::run, "answers of agent workers"),
            this::dispatch);
    metric =
        new AgentMetrics(
            getMetricGroup(), () -> inFlight, () -> queues.size() - inFlight, pool::connected);
  }

  @Override
  public void processElement(StreamRecord<AgentInput> element) throws Exception {
    AgentInput input = element.getValue();
    Long timestamp = element.hasTimestamp() ? element.getTimestamp() : null;
    var next = new PendingInput(input.key(), input.inputId(), input.value(), timestamp);
    if (input.error() != null) {
      next.tries = 1;
      giveUp(next, "HR-RUNTIME-001", input.error());
      return;
    }
    take(next);
    dispatch();
    // The input is taken by now: a checkpoint in between holds it.
    while (holdsBack()) mailbox.yield();
  }

  /**
   * Whether the stream must wait. What lies before an announced barrier is let in beyond the limit;
   * should the announced checkpoint never come, memory still has an end.
   */
  private boolean holdsBack() {
    return queues.size() >= options.inFlight()
        && (announced <= snapshotted || queues.bytes() > MAX_TAKEN_BYTES);
  }

  private void take(PendingInput input) {
    if (journal != null) input.recordAll(journal.take(input.key, input.inputId));
    queues.add(input);
  }

  /** Sends what can be sent. */
  private void dispatch() {
    if (closed) return;
    try {
      for (PendingInput next = queues.peekReady();
          next != null && inFlight < options.inFlight();
          next = queues.peekReady()) {
        var run = new Run(next);
        if (isReplayed(next)) {
          queues.removeReady();
          queues.finished(next);
        } else if (run.isTooLarge()) {
          queues.removeReady();
          run.refuse();
        } else if (pool.send(run)) {
          queues.removeReady();
          inFlight++;
        } else {
          return;
        }
      }
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  /** Whether an input finished before. Its outputs go to a Kafka cluster that has not got them. */
  private boolean isReplayed(PendingInput input) throws Exception {
    if (seen == null) return false;
    setCurrentKey(input.key);
    SeenInputs.Seen before = seen.get(input.inputId);
    if (before == null) return false;
    metric.replays.inc();
    String cluster = options.replay().cluster();
    if (before.cluster().equals(cluster)) return true;
    putOut(input, before.outputs());
    seen.put(input.inputId, new SeenInputs.Seen(cluster, before.outputs()));
    return true;
  }

  private void putOut(PendingInput input, List<Output> outputs) {
    for (Output one : outputs) {
      output.collect(
          record(
              new AgentOutput(one.getId(), input.key, input.inputId, one.getValue().toByteArray()),
              input.timestamp));
    }
    metric.outputs.inc(outputs.size());
  }

  /** One try of an input, on one worker or, where workers are lost, several. */
  private final class Run implements RunHandle {
    private final PendingInput input;

    Run(PendingInput input) {
      this.input = input;
    }

    boolean isTooLarge() {
      long bytes = input.value.length;
      for (JournalEntry entry : input.journal()) bytes += entry.getResult().size();
      return bytes > MAX_RUN_BYTES;
    }

    void refuse() throws Exception {
      input.tries++;
      giveUp(
          input,
          "HR-FLINK-002",
          "the input with its recorded calls is larger than %d bytes".formatted(MAX_RUN_BYTES));
      queues.finished(input);
    }

    @Override
    public RunRequest.Builder request() throws Exception {
      if (input.sentNanos == 0) input.sentNanos = System.nanoTime();
      setCurrentKey(input.key);
      var request =
          RunRequest.newBuilder()
              .setKey(input.key)
              .setInputId(input.inputId)
              .setInput(UnsafeByteOperations.unsafeWrap(input.value))
              .setTries(input.tries)
              .addAllJournal(input.journal());
      for (String name : options.memoryNames()) {
        byte[] value = memory.get(name);
        if (value != null) request.putMemory(name, UnsafeByteOperations.unsafeWrap(value));
      }
      return request;
    }

    @Override
    public void called(JournalEntry entry, WorkerStream worker, long id) {
      input.record(entry);
      if (journal == null) return;
      journal.append(
          input.key,
          input.inputId,
          entry,
          () -> inMailbox(() -> worker.recorded(id, entry.getIndex())),
          error ->
              inMailbox(
                  () -> {
                    throw new IllegalStateException(
                        "HR-FLINK-003 a finished call cannot be recorded in the journal", error);
                  }));
    }

    @Override
    public void ended(RunResult result) throws Exception {
      inFlight--;
      if (closed) return;
      if (result.hasFinished()) finished(result.getFinished());
      else failed(result.getFailed());
    }

    @Override
    public void returned() {
      inFlight--;
      if (closed) return;
      metric.runsReturned.inc();
      queues.readyFirst(input);
    }

    private void finished(Finished result) throws Exception {
      if (result.getMemoryCount() > 0) {
        setCurrentKey(input.key);
        for (MemoryChange change : result.getMemoryList()) {
          if (change.hasValue()) memory.put(change.getName(), change.getValue().toByteArray());
          else memory.remove(change.getName());
        }
      }
      putOut(input, result.getOutputsList());
      if (seen != null) {
        setCurrentKey(input.key);
        seen.put(
            input.inputId,
            new SeenInputs.Seen(options.replay().cluster(), result.getOutputsList()));
      }
      metric.runsFinished.inc();
      metric.runLatency.update((System.nanoTime() - input.sentNanos) / 1_000_000);
      queues.finished(input);
    }

    private void failed(Failed failure) throws Exception {
      input.tries++;
      if (failure.getRetryable() && input.tries < options.retry().attempts()) {
        metric.retries.inc();
        var times = getProcessingTimeService();
        times.registerTimer(
            times.getCurrentProcessingTime() + options.retry().backoff(input.tries),
            time -> {
              queues.readyLast(input);
              dispatch();
            });
        return;
      }
      String code = failure.getCode().isEmpty() ? "HR-RUNTIME-000" : failure.getCode();
      giveUp(input, code, failure.getMessage());
      queues.finished(input);
    }
  }

  private void giveUp(PendingInput input, String code, String message) throws Exception {
    if (options.retry().failJob())
      throw new AgentRunException(input.key, input.inputId, input.tries, message);
    output.collect(
        DEAD_LETTERS,
        record(
            DeadLetters.line(input.key, input.inputId, input.tries, code, message, input.value),
            input.timestamp));
    metric.deadLetters.inc();
  }

  private static <T> StreamRecord<T> record(T value, Long timestamp) {
    return timestamp == null ? new StreamRecord<>(value) : new StreamRecord<>(value, timestamp);
  }

  /** From any thread. */
  private void inMailbox(RunnableWithException task) {
    try {
      mailbox.execute(task::run, "journal of agent calls");
    } catch (RejectedExecutionException e) {
      // The task has ended.
    }
  }

  @Override
  public void handleOperatorEvent(OperatorEvent event) {
    if (event instanceof CheckpointAnnounced checkpoint)
      announced = Math.max(announced, checkpoint.checkpointId());
  }

  @Override
  public void notifyCheckpointAborted(long checkpointId) throws Exception {
    super.notifyCheckpointAborted(checkpointId);
    snapshotted = Math.max(snapshotted, checkpointId);
  }

  @Override
  public void snapshotState(StateSnapshotContext context) throws Exception {
    super.snapshotState(context);
    snapshotted = Math.max(snapshotted, context.getCheckpointId());
    pending.write(queues);
    metric.checkpointedInputs = queues.size();
    if (journal != null) journalPositions.update(journal.positions());
  }

  /** The input ends: what was taken is finished. A stop with a savepoint does not come this way. */
  @Override
  public void endInput() throws Exception {
    while (queues.size() > 0) mailbox.yield();
  }

  @Override
  public void close() throws Exception {
    closed = true;
    if (pool != null) pool.close();
    if (journal != null) journal.close();
    super.close();
  }
}
