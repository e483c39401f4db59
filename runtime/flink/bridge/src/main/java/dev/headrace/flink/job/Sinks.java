package dev.headrace.flink.job;

import dev.headrace.flink.agent.AgentOutput;
import dev.headrace.flink.commit.GuardOptions;
import dev.headrace.flink.commit.GuardedSink;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Properties;
import org.apache.flink.api.common.serialization.Encoder;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.sink2.SupportsCommitter;
import org.apache.flink.connector.base.DeliveryGuarantee;
import org.apache.flink.connector.file.sink.FileSink;
import org.apache.flink.connector.kafka.sink.KafkaRecordSerializationSchema;
import org.apache.flink.connector.kafka.sink.KafkaSink;
import org.apache.flink.core.fs.Path;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.functions.sink.filesystem.OutputFileConfig;
import org.apache.flink.streaming.api.functions.sink.filesystem.bucketassigners.BasePathBucketAssigner;
import org.apache.flink.streaming.api.functions.sink.filesystem.rollingpolicies.OnCheckpointRollingPolicy;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.internals.RecordHeaders;

/** Where outputs and dead letters go. */
final class Sinks {
  /** Brokers allow 15 minutes by default; a checkpoint that takes longer loses its outputs. */
  private static final String TRANSACTION_TIMEOUT_MS = "600000";

  private Sinks() {}

  static void attach(
      JobSpecification job, DataStream<AgentOutput> outputs, DataStream<byte[]> deadLetters) {
    if (job.sink().kafka() != null) {
      var kafka = job.sink().kafka();
      sink(
          job,
          outputs,
          kafka(job, kafka, "outputs", new OutputRecords(kafka.topic())),
          job.uid("sink"),
          kafka.topic());
      sink(
          job,
          deadLetters,
          kafka(job, kafka, "dead-letters", new DeadLetterRecords(kafka.deadLetterTopic())),
          job.uid("dead-letters"),
          kafka.deadLetterTopic());
    } else if (job.sink().file() != null) {
      Path directory = new Path(job.sink().file().path());
      sink(
          job,
          outputs,
          file(
              directory,
              "part",
              (AgentOutput one, OutputStream to) -> writeLine(OutputLine.of(one), to)),
          "sink",
          directory.toString());
      sink(
          job,
          deadLetters,
          file(directory, "dead-letter", Sinks::writeLine),
          "dead-letters",
          directory.toString());
    } else {
      SqlTables.write(job.sink().sql(), outputs);
      // A table of outputs has no room for them: the log does, and the metric counts them.
      deadLetters.sinkTo(new LogSink()).name("dead-letters: log").uid("dead-letters");
    }
  }

  private static <T, C, S extends Sink<T> & SupportsCommitter<C>> void sink(
      JobSpecification job, DataStream<T> stream, S sink, String uid, String place) {
    // What is written at once, without transactions, has no commit to guard.
    boolean commits =
        job.sink().kafka() == null || job.sink().kafka().guarantee().equals("exactly-once");
    if (job.guard() == null || !commits) {
      stream.sinkTo(sink).name(uid + ": " + place).uid(uid);
      return;
    }
    var guard = job.guard();
    GuardedSink.attach(
        stream,
        sink,
        new GuardOptions(job.name(), guard.permit(), job.epoch(), guard.poll(), guard.alone()),
        uid,
        place);
  }

  private static void writeLine(byte[] line, OutputStream to) throws java.io.IOException {
    to.write(line);
    to.write('\n');
  }

  private static <T> FileSink<T> file(Path directory, String prefix, Encoder<T> encoder) {
    return FileSink.forRowFormat(directory, encoder)
        .withBucketAssigner(new BasePathBucketAssigner<>())
        .withRollingPolicy(OnCheckpointRollingPolicy.build())
        .withOutputFileConfig(
            OutputFileConfig.builder().withPartPrefix(prefix).withPartSuffix(".jsonl").build())
        .build();
  }

  private static <T> KafkaSink<T> kafka(
      JobSpecification job,
      JobSpecification.KafkaSink sink,
      String part,
      KafkaRecordSerializationSchema<T> records) {
    boolean exactlyOnce = sink.guarantee().equals("exactly-once");
    var properties = new Properties();
    properties.setProperty(ProducerConfig.TRANSACTION_TIMEOUT_CONFIG, TRANSACTION_TIMEOUT_MS);
    if (sink.properties() != null) properties.putAll(sink.properties());
    var builder =
        KafkaSink.<T>builder()
            .setBootstrapServers(String.join(",", sink.bootstrap()))
            .setKafkaProducerConfig(properties)
            .setRecordSerializer(records)
            .setDeliveryGuarantee(
                exactlyOnce ? DeliveryGuarantee.EXACTLY_ONCE : DeliveryGuarantee.AT_LEAST_ONCE);
    // The epoch keeps a job that lost its lease from fencing, or being taken for, its successor.
    if (exactlyOnce)
      builder.setTransactionalIdPrefix(
          "headrace-%s-%s-%d-%s".formatted(job.name(), job.region(), job.epoch(), part));
    return builder.build();
  }

  private record OutputRecords(String topic)
      implements KafkaRecordSerializationSchema<AgentOutput> {
    @Override
    public ProducerRecord<byte[], byte[]> serialize(
        AgentOutput output, KafkaSinkContext context, Long timestamp) {
      var headers = new RecordHeaders();
      Map.of("headrace-output-id", output.id(), "headrace-input-id", output.inputId())
          .forEach((name, value) -> headers.add(name, value.getBytes(StandardCharsets.UTF_8)));
      return new ProducerRecord<>(
          topic,
          null,
          timestamp,
          output.key().getBytes(StandardCharsets.UTF_8),
          OutputLine.of(output),
          headers);
    }
  }

  private record DeadLetterRecords(String topic) implements KafkaRecordSerializationSchema<byte[]> {
    @Override
    public ProducerRecord<byte[], byte[]> serialize(
        byte[] line, KafkaSinkContext context, Long timestamp) {
      return new ProducerRecord<>(topic, null, timestamp, null, line);
    }
  }
}
