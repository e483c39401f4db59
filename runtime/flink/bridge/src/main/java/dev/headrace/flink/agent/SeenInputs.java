package dev.headrace.flink.agent;

import dev.headrace.flink.wire.Output;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.common.state.KeyedStateStore;
import org.apache.flink.api.common.state.MapState;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.state.StateTtlConfig;
import org.apache.flink.api.common.typeinfo.PrimitiveArrayTypeInfo;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;

/**
 * Inputs of the current key that finished within a window, with what they put out. A source that
 * starts in another Kafka cluster by time reads some of them again; they are not run again, and
 * their outputs, which may be lost with the cluster before, are given to the new one.
 */
final class SeenInputs {
  /**
   * @param cluster whose sink got the outputs
   */
  record Seen(String cluster, List<Output> outputs) {}

  private final MapState<String, byte[]> state;

  /**
   * @param window milliseconds from the end of an input's run until it is forgotten
   */
  SeenInputs(KeyedStateStore store, long window) {
    var descriptor =
        new MapStateDescriptor<>(
            "seen", Types.STRING, PrimitiveArrayTypeInfo.BYTE_PRIMITIVE_ARRAY_TYPE_INFO);
    descriptor.enableTimeToLive(
        StateTtlConfig.newBuilder(Duration.ofMillis(window))
            .updateTtlOnCreateAndWrite()
            .neverReturnExpired()
            .cleanupFullSnapshot()
            .cleanupIncrementally(10, false)
            .cleanupInRocksdbCompactFilter(1_000)
            .build());
    state = store.getMapState(descriptor);
  }

  /** Null for one that did not finish within the window. */
  Seen get(String inputId) throws Exception {
    byte[] bytes = state.get(inputId);
    return bytes == null ? null : decode(bytes);
  }

  void put(String inputId, Seen seen) throws Exception {
    state.put(inputId, encode(seen));
  }

  private static byte[] encode(Seen seen) throws IOException {
    var out = new DataOutputSerializer(64);
    out.writeUTF(seen.cluster());
    out.writeInt(seen.outputs().size());
    for (Output one : seen.outputs()) {
      byte[] bytes = one.toByteArray();
      out.writeInt(bytes.length);
      out.write(bytes);
    }
    return out.getCopyOfBuffer();
  }

  private static Seen decode(byte[] bytes) throws IOException {
    var in = new DataInputDeserializer(bytes);
    String cluster = in.readUTF();
    List<Output> outputs = new ArrayList<>();
    for (int left = in.readInt(); left > 0; left--) {
      var one = new byte[in.readInt()];
      in.readFully(one);
      outputs.add(Output.parseFrom(one));
    }
    return new Seen(cluster, outputs);
  }
}
