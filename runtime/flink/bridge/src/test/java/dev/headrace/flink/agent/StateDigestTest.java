package dev.headrace.flink.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.util.KeyedOneInputStreamOperatorTestHarness;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class StateDigestTest {

  @Test
  void isTheSameForTheSameMemoryInWhateverOrderItCame() throws Exception {
    List<Long> digest = restored("a:x=1", "b:x=2", "a:y=3");
    assertThat(digest.get(0)).isEqualTo(3);
    assertThat(restored("a:y=3", "a:x=0", "b:x=2", "a:x=1")).isEqualTo(digest);
  }

  @Test
  void isAnotherForAnyOtherMemory() throws Exception {
    List<Long> digest = restored("a:xy=1", "b:x=2");
    for (String[] other :
        new String[][] {
          {"a:xy=1", "b:x=3"},
          {"a:xy=1", "b:y=2"},
          {"a:xy=1", "c:x=2"},
          // The same letters, cut elsewhere.
          {"ax:y=1", "b:x=2"},
          {"a:x=y1", "b:x=2"},
          // The same parts, put together otherwise.
          {"a:xy=2", "b:x=1"},
          {"a:xy=1"},
          {"a:xy=1", "b:x=2", "b:y="},
        }) assertThat(restored(other)).as(String.join(" ", other)).isNotEqualTo(digest);
  }

  /**
   * Entries and the digest's parts, as accumulators of a job tell them that restored such memory.
   */
  private static List<Long> restored(String... changes) throws Exception {
    OperatorSubtaskState state;
    try (var harness = harness()) {
      harness.open();
      for (String change : changes) harness.processElement(change, 0);
      state = harness.snapshot(1, 0);
    }
    try (var harness = harness()) {
      harness.initializeState(state);
      var accumulators = harness.getEnvironment().getAccumulatorRegistry().getUserMap();
      var told = new ArrayList<Long>();
      told.add((Long) accumulators.get(StateDigest.ENTRIES).getLocalValue());
      for (int i = 0; i < 4; i++)
        told.add((Long) accumulators.get(StateDigest.PART + i).getLocalValue());
      return told;
    }
  }

  private static KeyedOneInputStreamOperatorTestHarness<String, String, String> harness()
      throws Exception {
    return new KeyedOneInputStreamOperatorTestHarness<>(
        new Remembering(), change -> change.split(":")[0], Types.STRING);
  }

  /** Changes {@code key:name=value} of memory. */
  private static final class Remembering extends AbstractStreamOperator<String>
      implements OneInputStreamOperator<String, String> {
    private static final long serialVersionUID = 1L;
    private transient MemoryState memory;

    @Override
    public void initializeState(StateInitializationContext context) throws Exception {
      super.initializeState(context);
      memory =
          new MemoryState(context.getKeyedStateStore(), this.<String>getKeyedStateBackend(), null);
      if (!context.isRestored()) return;
      var digest = new StateDigest();
      memory.digest(digest);
      digest.publish(getRuntimeContext());
    }

    @Override
    public void processElement(StreamRecord<String> element) throws Exception {
      String[] change = element.getValue().split(":")[1].split("=", 2);
      memory.put(change[0], change[1].getBytes(StandardCharsets.UTF_8));
    }
  }
}
