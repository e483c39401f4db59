package dev.headrace.flink.checkpoint;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.apache.flink.api.common.typeutils.base.array.BytePrimitiveArraySerializer;
import org.apache.flink.connector.kafka.source.split.KafkaPartitionSplit;
import org.apache.flink.connector.kafka.source.split.KafkaPartitionSplitSerializer;
import org.apache.flink.core.fs.FSDataInputStream;
import org.apache.flink.core.io.SimpleVersionedSerialization;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.flink.core.memory.DataInputViewStreamWrapper;
import org.apache.flink.runtime.checkpoint.OperatorState;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.state.OperatorStateHandle;
import org.apache.flink.runtime.state.memory.ByteStreamStateHandle;

/**
 * Where Kafka's sources go on. Their readers keep it in operator state, which is small and so lies
 * inside the metadata; what lies in files is not opened.
 */
public final class SourcePositions {
  /** Name of the state of {@code SourceOperator}. */
  private static final String READER_STATE = "SourceReaderState";

  public record Position(String operator, String topic, int partition, long offset) {}

  private SourcePositions() {}

  static List<Position> of(OperatorState operator) throws IOException {
    List<Position> found = new ArrayList<>();
    String name = operator.getOperatorUid().orElse(operator.getOperatorID().toHexString());
    for (OperatorSubtaskState subtask : operator.getStates())
      for (OperatorStateHandle state : subtask.getManagedOperatorState()) {
        var splits = state.getStateNameToPartitionOffsets().get(READER_STATE);
        if (splits == null
            || !(state.getDelegateStateHandle() instanceof ByteStreamStateHandle inMetadata))
          continue;
        for (long offset : splits.getOffsets())
          kafka(split(inMetadata, offset))
              .ifPresent(
                  split ->
                      found.add(
                          new Position(
                              name,
                              split.getTopic(),
                              split.getPartition(),
                              split.getStartingOffset())));
      }
    return found;
  }

  private static byte[] split(ByteStreamStateHandle state, long offset) throws IOException {
    try (FSDataInputStream in = state.openInputStream()) {
      in.seek(offset);
      return BytePrimitiveArraySerializer.INSTANCE.deserialize(new DataInputViewStreamWrapper(in));
    }
  }

  /**
   * Splits of other sources look alike from outside: a split of Kafka is one that gives the same
   * bytes again.
   */
  private static Optional<KafkaPartitionSplit> kafka(byte[] bytes) {
    SimpleVersionedSerializer<KafkaPartitionSplit> serializer = new KafkaPartitionSplitSerializer();
    try {
      var split = SimpleVersionedSerialization.readVersionAndDeSerialize(serializer, bytes);
      byte[] again = SimpleVersionedSerialization.writeVersionAndSerialize(serializer, split);
      return Arrays.equals(bytes, again) ? Optional.of(split) : Optional.empty();
    } catch (IOException | RuntimeException e) {
      return Optional.empty();
    }
  }
}
