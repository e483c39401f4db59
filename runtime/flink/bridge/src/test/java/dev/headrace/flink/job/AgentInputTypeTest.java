package dev.headrace.flink.job;

import static org.assertj.core.api.Assertions.assertThat;

import dev.headrace.flink.agent.AgentInput;
import dev.headrace.flink.agent.AgentOutput;
import org.apache.flink.api.common.serialization.SerializerConfigImpl;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.java.typeutils.PojoTypeInfo;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.junit.jupiter.api.Test;

class AgentInputTypeTest {
  @Test
  void recordsTravelBetweenSubtasksWithoutKryo() throws Exception {
    assertThat(TypeInformation.of(AgentOutput.class)).isInstanceOf(PojoTypeInfo.class);
    var type = TypeInformation.of(AgentInput.class);
    assertThat(type).isInstanceOf(PojoTypeInfo.class);
    var serializer = type.createSerializer(new SerializerConfigImpl());
    var out = new DataOutputSerializer(64);
    serializer.serialize(AgentInput.of("k", "i", new byte[] {1, 2}), out);
    serializer.serialize(AgentInput.invalid("j", new byte[0], "broken"), out);
    var in = new DataInputDeserializer(out.getCopyOfBuffer());
    AgentInput first = serializer.deserialize(in);
    assertThat(first.key()).isEqualTo("k");
    assertThat(first.value()).containsExactly(1, 2);
    assertThat(first.error()).isNull();
    assertThat(serializer.deserialize(in).error()).isEqualTo("broken");
  }
}
