package dev.headrace.flink.drill;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.headrace.flink.job.InputReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Tells what becomes visible in a job's topics from now on, by Kafka's own client: a JSON document
 * a line, first {@code {"kind":"ready"}}, then inputs, outputs and dead letters as {@link
 * WatchLine} writes them. Its first line of input says which topics; it ends with the end of its
 * input, or with code 1 when the brokers answer no longer.
 */
public final class TopicWatch {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration POLL = Duration.ofMillis(100);

  /** Time in which brokers must answer. */
  private static final String PATIENCE_MS = "30000";

  /**
   * @param key pointer to an input's key
   * @param id pointer to its id; null: inputs are known by their position
   */
  record Request(
      @JsonProperty(required = true) Topic source,
      @JsonProperty(required = true) Topic sink,
      @JsonProperty(required = true) String deadLetters,
      @JsonProperty(required = true) String key,
      String id) {}

  record Topic(
      @JsonProperty(required = true) String topic,
      @JsonProperty(required = true) List<String> bootstrap,
      Map<String, String> properties) {}

  private TopicWatch() {}

  public static void main(String[] args) throws Exception {
    // What libraries print must not end up between the lines.
    PrintStream lines = System.out;
    System.setOut(System.err);
    var input = System.in;
    var request = JSON.readValue(firstLine(input), Request.class);
    var stop = new AtomicBoolean();
    Thread end = new Thread(() -> awaitEnd(input, stop), "end of input");
    end.setDaemon(true);
    end.start();
    watch(request, stop, lines);
    System.exit(0);
  }

  static void watch(Request request, AtomicBoolean stop, PrintStream out) throws Exception {
    var inputs = new InputReader(request.key(), request.id());
    var deadLetters =
        new Topic(request.deadLetters(), request.sink().bootstrap(), request.sink().properties());
    var ready = new CountDownLatch(2);
    var failure = new Failure(stop, ready);
    var source =
        new Thread(
            failure.caught(
                () ->
                    follow(
                        List.of(request.source()),
                        false,
                        stop,
                        ready,
                        out,
                        one -> WatchLine.input(one, inputs))),
            "source");
    var sinks =
        new Thread(
            failure.caught(
                () ->
                    follow(
                        List.of(request.sink(), deadLetters),
                        true,
                        stop,
                        ready,
                        out,
                        one ->
                            one.topic().equals(request.sink().topic())
                                ? WatchLine.output(one)
                                : WatchLine.deadLetter(one))),
            "sink");
    source.start();
    sinks.start();
    ready.await();
    if (failure.reason == null) print(out, "{\"kind\":\"ready\"}");
    source.join();
    sinks.join();
    if (failure.reason != null) throw failure.reason;
  }

  private interface Work {
    void run() throws Exception;
  }

  private interface Line {
    String of(ConsumerRecord<byte[], byte[]> record) throws IOException;
  }

  /** The first thing that went wrong in a thread ends all of them. */
  private static final class Failure {
    private final AtomicBoolean stop;
    private final CountDownLatch ready;
    private volatile Exception reason;

    Failure(AtomicBoolean stop, CountDownLatch ready) {
      this.stop = stop;
      this.ready = ready;
    }

    Runnable caught(Work work) {
      return () -> {
        try {
          work.run();
        } catch (Exception e) {
          reason = e;
          stop.set(true);
          while (ready.getCount() > 0) ready.countDown();
        }
      };
    }
  }

  /** Reads topics of one Kafka from their present ends on. */
  private static void follow(
      List<Topic> topics,
      boolean committed,
      AtomicBoolean stop,
      CountDownLatch ready,
      PrintStream out,
      Line line)
      throws Exception {
    Map<String, Object> settings = new HashMap<>();
    settings.put("default.api.timeout.ms", PATIENCE_MS);
    var first = topics.get(0);
    if (first.properties() != null) settings.putAll(first.properties());
    settings.put("bootstrap.servers", String.join(",", first.bootstrap()));
    settings.put("enable.auto.commit", "false");
    // Whatever the job's own properties say: an aborted output is none.
    if (committed) settings.put("isolation.level", "read_committed");
    settings.remove("group.id");
    try (var consumer =
        new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      var partitions = topics.stream().flatMap(one -> partitionsOf(consumer, one.topic())).toList();
      consumer.assign(partitions);
      // The ends are asked for here, or what arrives until the first poll would be passed over.
      consumer.endOffsets(partitions).forEach(consumer::seek);
      ready.countDown();
      while (!stop.get()) for (var record : consumer.poll(POLL)) print(out, line.of(record));
    }
  }

  private static Stream<TopicPartition> partitionsOf(
      KafkaConsumer<byte[], byte[]> consumer, String topic) {
    var found = consumer.partitionsFor(topic);
    if (found == null || found.isEmpty())
      throw new IllegalStateException("there is no topic " + topic);
    return found.stream().map(info -> new TopicPartition(topic, info.partition()));
  }

  private static void print(PrintStream out, String line) {
    synchronized (out) {
      out.println(line);
      out.flush();
    }
  }

  private static String firstLine(InputStream in) throws IOException {
    var line = new ByteArrayOutputStream();
    for (int b = in.read(); b >= 0 && b != '\n'; b = in.read()) line.write(b);
    return line.toString(StandardCharsets.UTF_8);
  }

  private static void awaitEnd(InputStream in, AtomicBoolean stop) {
    try {
      while (in.read() >= 0) continue;
    } catch (IOException e) {
      // Nobody listens any more.
    }
    stop.set(true);
  }
}
