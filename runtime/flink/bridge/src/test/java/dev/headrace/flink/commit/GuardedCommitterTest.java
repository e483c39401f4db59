package dev.headrace.flink.commit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.apache.flink.api.connector.sink2.Committer;
import org.apache.flink.api.connector.sink2.CommitterInitContext;
import org.apache.flink.api.connector.sink2.SupportsCommitter;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.checkpoint.SavepointType;
import org.apache.flink.runtime.execution.SuppressRestartsException;
import org.apache.flink.streaming.api.connector.sink2.CommittableMessage;
import org.apache.flink.streaming.api.connector.sink2.CommittableSummary;
import org.apache.flink.streaming.api.connector.sink2.CommittableWithLineage;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.util.OneInputStreamOperatorTestHarness;
import org.apache.flink.util.ExceptionUtils;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Fault model: permits that come late, never, or speak of another owner; a restart in between. */
@Timeout(60)
class GuardedCommitterTest {
  /** What the sinks of this test committed, whichever operator they belong to. */
  private static final List<String> COMMITTED = new CopyOnWriteArrayList<>();

  private static final List<String> REFUSED_ONCE = new CopyOnWriteArrayList<>();
  private static final long FAR = 1L << 50;

  @TempDir Path directory;
  private OneInputStreamOperatorTestHarness<CommittableMessage<String>, CommittableMessage<Void>>
      harness;

  @BeforeEach
  void forget() throws Exception {
    COMMITTED.clear();
    REFUSED_ONCE.clear();
    harness = harness(null);
    harness.open();
  }

  @AfterEach
  void close() throws Exception {
    harness.close();
  }

  @Test
  void commitsOnlyWhatIsInTheStandby() throws Exception {
    written(1, "a", "b");
    harness.snapshot(1, 0);
    harness.notifyOfCompletedCheckpoint(1);
    tick();
    assertThat(COMMITTED).isEmpty();
    permit(3, "held", "replicated", null, FAR);
    tick();
    assertThat(COMMITTED).isEmpty();
    written(2, "c");
    harness.snapshot(2, 0);
    permit(3, "held", "replicated", 1L, 0);
    committed("a", "b");
    // The restore point of 2 is there before Flink says that 2 is complete.
    permit(3, "held", "replicated", 2L, 0);
    committed("a", "b");
    harness.notifyOfCompletedCheckpoint(2);
    committed("a", "b", "c");
  }

  @Test
  void commitsByTheLeaseWhileItLasts() throws Exception {
    permit(3, "held", "local", null, 0);
    written(1, "a");
    harness.snapshot(1, 0);
    harness.notifyOfCompletedCheckpoint(1);
    tick();
    assertThat(COMMITTED).isEmpty();
    permit(3, "held", "local", null, FAR);
    committed("a");
  }

  @Test
  void endsTheJobForGoodOnceAnotherOwnerHasIt() throws Exception {
    written(1, "a");
    harness.snapshot(1, 0);
    permit(4, "held", "replicated", 9L, FAR);
    harness.notifyOfCompletedCheckpoint(1);
    assertThatThrownBy(
            () -> {
              while (true) tick();
            })
        .satisfies(
            error -> {
              assertThat(ExceptionUtils.findThrowable(error, SuppressRestartsException.class))
                  .isPresent();
              assertThat(ExceptionUtils.findThrowable(error, LeaseLostException.class))
                  .get()
                  .extracting(Throwable::getMessage)
                  .asString()
                  .contains("HR-FLINK-030", "epoch 3", "epoch 4");
            });
    assertThat(COMMITTED).isEmpty();
  }

  @Test
  void keepsWhatIsHeldOverARestart() throws Exception {
    written(1, "a");
    written(2, "b", "c");
    OperatorSubtaskState state = harness.snapshot(2, 0);
    harness.close();
    harness = harness(2L);
    harness.initializeState(state);
    permit(3, "held", "replicated", 1L, 0);
    harness.open();
    committed("a");
    permit(3, "held", "replicated", 2L, 0);
    committed("a", "b", "c");
  }

  @Test
  void commitsOfTheOwnerBeforeOnceTheOwnRestorePointHoldsThem() throws Exception {
    written(7, "of the owner before");
    OperatorSubtaskState state = harness.snapshot(7, 0);
    harness.close();
    harness = harness(7L);
    harness.initializeState(state);
    // Nobody stands by any more: the lease is enough.
    permit(3, "held", "local", null, FAR);
    harness.open();
    committed("of the owner before");
  }

  @Test
  void triesAgainWhatTheSinkAsksFor() throws Exception {
    permit(3, "held", "local", null, FAR);
    written(1, "a", "later:b");
    written(2, "c");
    harness.snapshot(2, 0);
    harness.notifyOfCompletedCheckpoint(2);
    committed("a", "later:b", "c");
  }

  @Test
  void aSourceWithAnEndWaitsForTheLastPermit() throws Exception {
    written(1, "a");
    harness.endInput();
    harness.snapshot(1, 0);
    var waiting = CompletableFuture.runAsync(this::complete);
    Thread.sleep(200);
    assertThat(waiting).isNotDone();
    permit(3, "held", "replicated", 1L, 0);
    waiting.get(20, TimeUnit.SECONDS);
    assertThat(COMMITTED).containsExactly("a");
  }

  @Test
  void aStopWithASavepointWaitsForNoPermitAndLeavesTheRestToTheSuccessor() throws Exception {
    permit(3, "held", "replicated", 1L, 0);
    written(2, "a");
    harness.endInput();
    var stop = SavepointType.suspend(SavepointFormatType.CANONICAL);
    OperatorSubtaskState state =
        harness.snapshotWithLocalState(2, 0, stop).getJobManagerOwnedState();
    harness.notifyOfCompletedCheckpoint(2);
    harness.close();
    assertThat(COMMITTED).isEmpty();
    harness = harness(2L);
    harness.initializeState(state);
    harness.open();
    permit(3, "held", "replicated", 3L, 0);
    committed("a");
  }

  @Test
  void aDrainLeavesNothingToASuccessor() throws Exception {
    written(1, "a");
    harness.endInput();
    harness.snapshotWithLocalState(1, 0, SavepointType.terminate(SavepointFormatType.CANONICAL));
    var waiting = CompletableFuture.runAsync(this::complete);
    Thread.sleep(200);
    assertThat(waiting).isNotDone();
    permit(3, "held", "local", null, FAR);
    waiting.get(20, TimeUnit.SECONDS);
    assertThat(COMMITTED).containsExactly("a");
  }

  /** Says that checkpoint 1 is complete. */
  private void complete() {
    try {
      harness.notifyOfCompletedCheckpoint(1);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private OneInputStreamOperatorTestHarness<CommittableMessage<String>, CommittableMessage<Void>>
      harness(Long restored) throws Exception {
    var made =
        new OneInputStreamOperatorTestHarness<CommittableMessage<String>, CommittableMessage<Void>>(
            new GuardedSink.Factory<>(
                new RecordingSink(),
                new GuardOptions("reviews", permitFile().toUri().toString(), 3, 20, null)));
    if (restored != null) made.setRestoredCheckpointId(restored);
    return made;
  }

  private void written(long checkpoint, String... committables) throws Exception {
    harness.processElement(
        new StreamRecord<>(new CommittableSummary<>(0, 1, checkpoint, committables.length, 0)));
    for (String one : committables)
      harness.processElement(new StreamRecord<>(new CommittableWithLineage<>(one, checkpoint, 0)));
  }

  /** Lets the operator's timer fire until what it read meanwhile has been acted on. */
  private void tick() throws Exception {
    for (int i = 0; i < 10; i++) {
      Thread.sleep(20);
      harness.setProcessingTime(harness.getProcessingTime() + 20);
    }
  }

  /** Waits until so much is committed, and lets it be shown that nothing else is. */
  private void committed(String... expected) throws Exception {
    while (COMMITTED.size() < expected.length) tick();
    tick();
    assertThat(COMMITTED).containsExactly(expected);
  }

  private Path permitFile() {
    return directory.resolve("permit.json");
  }

  private void permit(long epoch, String state, String commit, Long checkpoint, long until)
      throws IOException {
    Path next = directory.resolve("next");
    Files.writeString(
        next,
        "{\"format\":1,\"job\":\"reviews\",\"epoch\":%d,\"state\":\"%s\",\"commit\":\"%s\",\"checkpoint\":%s,\"until\":%d}"
            .formatted(epoch, state, commit, checkpoint, until));
    Files.move(
        next, permitFile(), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  private static final class RecordingSink implements SupportsCommitter<String> {
    @Override
    public Committer<String> createCommitter(CommitterInitContext context) {
      return new Committer<>() {
        @Override
        public void commit(Collection<CommitRequest<String>> requests) {
          for (var request : new ArrayList<>(requests)) {
            String one = request.getCommittable();
            if (one.startsWith("later:") && !REFUSED_ONCE.contains(one)) {
              REFUSED_ONCE.add(one);
              request.retryLater();
            } else COMMITTED.add(one);
          }
        }

        @Override
        public void close() {}
      };
    }

    @Override
    public SimpleVersionedSerializer<String> getCommittableSerializer() {
      return new SimpleVersionedSerializer<>() {
        @Override
        public int getVersion() {
          return 1;
        }

        @Override
        public byte[] serialize(String text) {
          return text.getBytes(StandardCharsets.UTF_8);
        }

        @Override
        public String deserialize(int version, byte[] bytes) {
          return new String(bytes, StandardCharsets.UTF_8);
        }
      };
    }
  }
}
