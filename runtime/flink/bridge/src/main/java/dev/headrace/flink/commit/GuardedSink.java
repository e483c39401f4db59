package dev.headrace.flink.commit;

import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.sink2.SupportsCommitter;
import org.apache.flink.streaming.api.connector.sink2.CommittableMessage;
import org.apache.flink.streaming.api.connector.sink2.CommittableMessageTypeInfo;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.operators.AbstractStreamOperatorFactory;
import org.apache.flink.streaming.api.operators.OneInputStreamOperatorFactory;
import org.apache.flink.streaming.api.operators.StreamOperator;
import org.apache.flink.streaming.api.operators.StreamOperatorParameters;
import org.apache.flink.streaming.runtime.operators.sink.SinkWriterOperatorFactory;

/** A sink whose commits need a permit: its own writer, and {@link GuardedCommitter} behind it. */
public final class GuardedSink {
  private GuardedSink() {}

  /**
   * Ends a stream in a sink that commits.
   *
   * @param uid of the writer; the committer's has {@code -commit} behind it
   */
  public static <T, C, S extends Sink<T> & SupportsCommitter<C>> void attach(
      DataStream<T> stream, S sink, GuardOptions options, String uid, String place) {
    DataStream<CommittableMessage<C>> written =
        stream
            .transform(
                uid + ": " + place,
                CommittableMessageTypeInfo.of(sink::getCommittableSerializer),
                new SinkWriterOperatorFactory<T, C>(sink))
            .uid(uid);
    // Of one task with the writer: Kafka's writer and committer share producers within a process.
    written
        .transform(
            uid + ": commits with the lease",
            CommittableMessageTypeInfo.noOutput(),
            new Factory<C>(sink, options))
        .uid(uid + "-commit");
  }

  static final class Factory<C> extends AbstractStreamOperatorFactory<CommittableMessage<Void>>
      implements OneInputStreamOperatorFactory<CommittableMessage<C>, CommittableMessage<Void>> {
    private static final long serialVersionUID = 1L;

    private final SupportsCommitter<C> sink;
    private final GuardOptions options;

    Factory(SupportsCommitter<C> sink, GuardOptions options) {
      this.sink = sink;
      this.options = options;
    }

    @Override
    @SuppressWarnings("unchecked")
    public <O extends StreamOperator<CommittableMessage<Void>>> O createStreamOperator(
        StreamOperatorParameters<CommittableMessage<Void>> parameters) {
      return (O) new GuardedCommitter<>(sink, options, parameters);
    }

    @Override
    @SuppressWarnings("rawtypes")
    public Class<? extends StreamOperator> getStreamOperatorClass(ClassLoader classLoader) {
      return GuardedCommitter.class;
    }
  }
}
