package dev.headrace.flink.agent.wire;

import dev.headrace.flink.wire.CallReference;
import dev.headrace.flink.wire.FinishedCall;
import dev.headrace.flink.wire.OperatorFrame;
import dev.headrace.flink.wire.OperatorHello;
import dev.headrace.flink.wire.RunRequest;
import dev.headrace.flink.wire.RunResult;
import dev.headrace.flink.wire.WorkerFrame;
import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.ClientResponseObserver;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The stream to one worker. Runs are sent in frames as large as what gathers while earlier ones are
 * under way: at once when the worker is idle, otherwise with the next answer, a full frame, or the
 * pool's tick.
 */
public final class WorkerStream {
  private static final int MAX_FRAME_RUNS = 128;
  private static final int MAX_FRAME_BYTES = 1 << 20;

  /** What the pool wants to know; called on the task's thread. */
  interface Events {
    void ready(WorkerStream stream, String worker) throws Exception;

    void capacity() throws Exception;

    /** A frame waits to be flushed. */
    void buffered();

    void ended(WorkerStream stream, Status status) throws Exception;
  }

  final String place;
  private final ManagedChannel channel;
  private final Events events;
  private final ClientCallStreamObserver<OperatorFrame> requests;
  private final Map<Long, RunHandle> runs = new LinkedHashMap<>();
  private OperatorFrame.Builder frame = OperatorFrame.newBuilder();
  private int frameBytes;
  private int credits;
  private long lastRun;
  private boolean ready;
  private boolean draining;
  private boolean ended;

  /**
   * @param mailbox runs a task on the task's thread, in order
   */
  WorkerStream(
      String place,
      ManagedChannel channel,
      OperatorHello hello,
      Events events,
      java.util.function.Consumer<Mail> mailbox) {
    this.place = place;
    this.channel = channel;
    this.events = events;
    var observer = new Observer(mailbox);
    ClientCalls.asyncBidiStreamingCall(
        channel.newCall(AgentWorkerMethod.RUN, CallOptions.DEFAULT), observer);
    requests = observer.requests;
    requests.onNext(OperatorFrame.newBuilder().setHello(hello).build());
  }

  /** A task for the task's thread. */
  @FunctionalInterface
  interface Mail {
    void run() throws Exception;
  }

  private final class Observer implements ClientResponseObserver<OperatorFrame, WorkerFrame> {
    private final java.util.function.Consumer<Mail> mailbox;
    private ClientCallStreamObserver<OperatorFrame> requests;

    Observer(java.util.function.Consumer<Mail> mailbox) {
      this.mailbox = mailbox;
    }

    @Override
    public void beforeStart(ClientCallStreamObserver<OperatorFrame> stream) {
      requests = stream;
      // A task that is busy reads no further frames: the worker feels it through HTTP/2.
      stream.disableAutoRequestWithInitial(32);
      stream.setOnReadyHandler(() -> mailbox.accept(WorkerStream.this::flush));
    }

    @Override
    public void onNext(WorkerFrame received) {
      mailbox.accept(
          () -> {
            requests.request(1);
            receive(received);
          });
    }

    @Override
    public void onError(Throwable error) {
      mailbox.accept(() -> end(Status.fromThrowable(error)));
    }

    @Override
    public void onCompleted() {
      mailbox.accept(() -> end(Status.OK));
    }
  }

  boolean isReady() {
    return ready && !ended;
  }

  boolean wasReady() {
    return ready;
  }

  boolean accepts() {
    return ready && !ended && !draining && credits > 0;
  }

  int outstanding() {
    return runs.size();
  }

  void send(RunHandle run, RunRequest.Builder request) {
    long id = ++lastRun;
    boolean idle = runs.isEmpty();
    runs.put(id, run);
    credits--;
    RunRequest built = request.setId(id).build();
    frame.addRuns(built);
    frameBytes += built.getSerializedSize();
    if (idle || frame.getRunsCount() >= MAX_FRAME_RUNS || frameBytes >= MAX_FRAME_BYTES) flush();
    else events.buffered();
  }

  /** The call is in the journal now: the worker may use its result. */
  public void recorded(long run, int index) {
    if (ended || !runs.containsKey(run)) return;
    frame.addRecorded(CallReference.newBuilder().setRun(run).setIndex(index));
    events.buffered();
  }

  void flush() {
    if (ended || !requests.isReady()) return;
    if (frame.getRunsCount() == 0 && frame.getRecordedCount() == 0) return;
    OperatorFrame full = frame.build();
    frame = OperatorFrame.newBuilder();
    frameBytes = 0;
    requests.onNext(full);
  }

  /** Ends the stream, for instance when no hello came in time. */
  void cancel(String why) {
    requests.cancel(why, null);
  }

  void shutdown() {
    ended = true;
    channel.shutdownNow();
  }

  private void receive(WorkerFrame received) throws Exception {
    if (ended) return;
    if (received.hasHello()) {
      ready = true;
      events.ready(this, received.getHello().getWorker());
    }
    credits += received.getCredits();
    for (FinishedCall call : received.getCallsList()) {
      RunHandle run = runs.get(call.getRun());
      if (run != null) run.called(call.getEntry(), this, call.getRun());
    }
    for (RunResult result : received.getResultsList()) {
      RunHandle run = runs.remove(result.getRun());
      if (run != null) run.ended(result);
    }
    if (received.getDraining()) draining = true;
    for (long id : received.getReturnedList()) {
      RunHandle run = runs.remove(id);
      if (run != null) run.returned();
    }
    events.capacity();
    flush();
  }

  private void end(Status status) throws Exception {
    if (ended) return;
    ended = true;
    channel.shutdownNow();
    List<RunHandle> lost = new ArrayList<>(runs.values());
    runs.clear();
    events.ended(this, status);
    for (RunHandle run : lost) run.returned();
    events.capacity();
  }
}
