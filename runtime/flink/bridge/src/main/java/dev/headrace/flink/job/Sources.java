package dev.headrace.flink.job;

import dev.headrace.flink.agent.AgentInput;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Properties;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.connector.file.src.FileSource;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.flink.connector.kafka.source.reader.deserializer.KafkaRecordDeserializationSchema;
import org.apache.flink.core.fs.Path;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.util.Collector;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetResetStrategy;

/** Where inputs come from. */
final class Sources {
  private static final String UID = "source";

  private Sources() {}

  static DataStream<AgentInput> of(JobSpecification job, StreamExecutionEnvironment flink) {
    var inputs = new InputReader(job.plan().key(), job.plan().id());
    if (job.source().kafka() != null)
      return flink
          .fromSource(
              kafka(job.source().kafka(), inputs),
              WatermarkStrategy.noWatermarks(),
              "source: " + job.source().kafka().topic())
          .uid(job.uid(UID));
    if (job.source().file() != null) {
      var file = job.source().file();
      DataStream<AgentInput> lines =
          flink
              .fromSource(
                  FileSource.forRecordStreamFormat(
                          new FileLines(file, inputs), new Path(file.path()))
                      .build(),
                  WatermarkStrategy.noWatermarks(),
                  "source: " + file.name())
              .uid(UID);
      return file.rate() == null
          ? lines
          : lines.map(new Pace(file.rate())).name("rate").uid("rate");
    }
    return SqlTables.read(job.source().sql(), inputs, flink);
  }

  private static KafkaSource<AgentInput> kafka(
      JobSpecification.KafkaSource source, InputReader inputs) {
    var properties = new Properties();
    // New partitions of the topic are found while the job runs.
    properties.setProperty("partition.discovery.interval.ms", "60000");
    if (source.properties() != null) properties.putAll(source.properties());
    var builder =
        KafkaSource.<AgentInput>builder()
            .setBootstrapServers(String.join(",", source.bootstrap()))
            .setTopics(source.topic())
            .setGroupId(source.group())
            .setStartingOffsets(startingOffsets(source))
            .setDeserializer(new KafkaInputs(inputs))
            .setProperties(properties);
    if (source.bounded()) builder.setBounded(OffsetsInitializer.latest());
    return builder.build();
  }

  private static OffsetsInitializer startingOffsets(JobSpecification.KafkaSource source) {
    // Offsets that the group committed here are of an earlier time of this region.
    if (source.startingTime() != null) return OffsetsInitializer.timestamp(source.startingTime());
    return OffsetsInitializer.committedOffsets(
        source.startingOffsets().equals("earliest")
            ? OffsetResetStrategy.EARLIEST
            : OffsetResetStrategy.LATEST);
  }

  private record KafkaInputs(InputReader inputs)
      implements KafkaRecordDeserializationSchema<AgentInput> {
    private static final byte[] NOTHING = "".getBytes(StandardCharsets.UTF_8);

    @Override
    public void deserialize(ConsumerRecord<byte[], byte[]> record, Collector<AgentInput> out)
        throws IOException {
      String position = record.topic() + ":" + record.partition() + ":" + record.offset();
      out.collect(
          record.value() == null
              ? AgentInput.invalid(position, NOTHING, "the record has no value")
              : inputs.read(record.value(), position));
    }

    @Override
    public TypeInformation<AgentInput> getProducedType() {
      return TypeInformation.of(AgentInput.class);
    }
  }
}
