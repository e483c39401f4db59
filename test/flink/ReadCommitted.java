import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Prints what is committed in a topic by Kafka's own client: partition, offset, key and value (base64), and timestamp on a line. Ends
 * when it has printed {@code count} records and a little later no further one, or when none came for {@code quietMs}.
 * Arguments: bootstrap, topic, count, quietMs.
 */
class ReadCommitted {
  private static final long AFTERWARDS_MS = 1_500;

  public static void main(String[] args) {
    String topic = args[1];
    long count = Long.parseLong(args[2]);
    long quietMs = Long.parseLong(args[3]);
    Map<String, Object> settings =
        Map.of("bootstrap.servers", args[0], "isolation.level", "read_committed", "auto.offset.reset", "earliest");
    var base64 = Base64.getEncoder();
    try (var consumer = new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      List<TopicPartition> partitions =
          consumer.partitionsFor(topic).stream().map(info -> new TopicPartition(topic, info.partition())).toList();
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      long seen = 0;
      long last = System.currentTimeMillis();
      var out = new StringBuilder();
      while (System.currentTimeMillis() - last < (seen >= count ? Math.min(quietMs, AFTERWARDS_MS) : quietMs)) {
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(200))) {
          seen++;
          last = System.currentTimeMillis();
          byte[] key = record.key() == null ? new byte[0] : record.key();
          out.append(record.partition()).append('\t').append(record.offset()).append('\t');
          out.append(base64.encodeToString(key)).append('\t').append(base64.encodeToString(record.value()));
          out.append('\t').append(record.timestamp()).append('\n');
        }
        System.out.print(out);
        System.out.flush();
        out.setLength(0);
      }
    }
  }
}
