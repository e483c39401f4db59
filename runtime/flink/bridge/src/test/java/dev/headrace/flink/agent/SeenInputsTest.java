package dev.headrace.flink.agent;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.headrace.flink.agent.SeenInputs.Seen;
import dev.headrace.flink.wire.Output;
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
class SeenInputsTest {
  private static final long WINDOW = 1_000;

  @Test
  void knowsAnInputOfItsKeyForTheWindowAlsoAfterARestore() throws Exception {
    OperatorSubtaskState state;
    try (var harness = harness()) {
      harness.open();
      harness.setStateTtlProcessingTime(10);
      harness.processElement("a:1", 0);
      harness.processElement("b:2", 0);
      // Of another key it is another input.
      harness.processElement("b:1", 0);
      assertThat(harness.extractOutputValues()).containsExactly("new a:1", "new b:2", "new b:1");
      state = harness.snapshot(1, 0);
    }
    try (var harness = harness()) {
      harness.initializeState(state);
      harness.open();
      harness.setStateTtlProcessingTime(10 + WINDOW - 1);
      harness.processElement("a:1", 0);
      harness.processElement("b:2", 0);
      assertThat(harness.extractOutputValues()).containsExactly("us out-a:1 2", "us out-b:2 2");
      harness.getOutput().clear();
      harness.setStateTtlProcessingTime(10 + WINDOW);
      harness.processElement("a:1", 0);
      assertThat(harness.extractOutputValues()).containsExactly("new a:1");
    }
  }

  private static KeyedOneInputStreamOperatorTestHarness<String, String, String> harness()
      throws Exception {
    return new KeyedOneInputStreamOperatorTestHarness<>(
        new Remembering(), record -> record.split(":")[0], Types.STRING);
  }

  private static final class Remembering extends AbstractStreamOperator<String>
      implements OneInputStreamOperator<String, String> {
    private static final long serialVersionUID = 1L;
    private transient SeenInputs seen;

    @Override
    public void initializeState(StateInitializationContext context) throws Exception {
      super.initializeState(context);
      seen = new SeenInputs(context.getKeyedStateStore(), WINDOW);
    }

    @Override
    public void processElement(StreamRecord<String> element) throws Exception {
      String record = element.getValue();
      String id = record.split(":")[1];
      Seen before = seen.get(id);
      if (before == null) {
        var one =
            Output.newBuilder()
                .setId("out-" + record)
                .setValue(ByteString.copyFromUtf8("{}"))
                .build();
        seen.put(id, new Seen("us", List.of(one, one)));
        output.collect(new StreamRecord<>("new " + record));
      } else
        output.collect(
            new StreamRecord<>(
                "%s %s %d"
                    .formatted(
                        before.cluster(),
                        before.outputs().get(0).getId(),
                        before.outputs().size())));
    }
  }
}
