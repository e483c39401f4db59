package dev.headrace.flink.agent.journal;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.headrace.flink.wire.JournalEntry;
import dev.headrace.flink.wire.JournalPosition;
import dev.headrace.flink.wire.JournalRecord;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * The journal in a compacted Kafka topic.
 *
 * <p>A record's key is job, key, input and index of a call; its value says which writer, that is
 * which start of which subtask, wrote it. A checkpoint holds, for each writer, the offset behind
 * its last confirmed call of each partition: calls before it are in the checkpoint, with the
 * pending input or as part of what a finished run left. A restore reads what lies behind. Calls of
 * writers that the checkpoint does not know came later. A job that dies before its first checkpoint
 * begins anew: it reads what its own submission wrote, of the last hour at the most.
 *
 * <p>Where two writers recorded one call, since the older one was dying while the newer one worked,
 * the newer one is right, and of the older one's calls of this run only those before it count: what
 * followed was built on another answer.
 *
 * <p>Records are kept for {@value #RETENTION_DAYS} days: a job that is down for longer makes some
 * calls again.
 */
public final class KafkaJournal implements JournalStore {
  private static final int RETENTION_DAYS = 7;
  private static final int PARTITIONS = 12;

  /**
   * Inputs that were read before a failure come again soon after it, or, where a source skips,
   * never.
   */
  private static final long FORGET_MS = Duration.ofHours(1).toMillis();

  private static final Duration POLL = Duration.ofMillis(500);
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final String topic;
  private final String job;
  private final String jobId;
  private final String writer = UUID.randomUUID().toString();

  /** Order of the writers: a later start has a higher one, clocks permitting. */
  private final long startedAt = System.currentTimeMillis();

  private final KafkaProducer<byte[], byte[]> producer;
  private final Map<Integer, Long> confirmed = new ConcurrentHashMap<>();
  private final Map<Run, TreeMap<Integer, Written>> recorded = new HashMap<>();

  /**
   * Positions that the restored checkpoint held: kept while calls behind them are still to be
   * taken.
   */
  private final List<JournalPosition> restored;

  private record Run(String key, String inputId) {}

  private record Written(long writerStartedAt, JournalEntry entry) {}

  /**
   * @param properties further settings of Kafka's clients
   */
  public static Factory factory(
      String topic, List<String> bootstrap, Map<String, String> properties) {
    var settings = new HashMap<String, Object>();
    if (properties != null) settings.putAll(properties);
    settings.put("bootstrap.servers", String.join(",", bootstrap));
    var copied = new HashMap<>(settings);
    return (job, jobId, owns, positions) ->
        new KafkaJournal(topic, copied, job, jobId, owns, positions);
  }

  private KafkaJournal(
      String topic,
      Map<String, Object> settings,
      String job,
      String jobId,
      Predicate<String> owns,
      List<byte[]> positions)
      throws Exception {
    this.topic = topic;
    this.job = job;
    this.jobId = jobId;
    restored = new ArrayList<>();
    // Every subtask hands on what it has restored: without this there would be more of them at each
    // restart.
    Map<String, JournalPosition> byWriter = new LinkedHashMap<>();
    for (byte[] bytes : positions) {
      JournalPosition position = JournalPosition.parseFrom(bytes);
      byWriter.put(position.getWriter(), position);
    }
    restored.addAll(byWriter.values());
    // Kafka finds its classes by the context class loader, which on a task's thread may be Flink's
    // own.
    ClassLoader before = Thread.currentThread().getContextClassLoader();
    Thread.currentThread().setContextClassLoader(KafkaJournal.class.getClassLoader());
    try {
      createTopic(settings);
      restore(settings, owns);
      var forWriting = new HashMap<>(settings);
      forWriting.put("acks", "all");
      forWriting.put("enable.idempotence", true);
      forWriting.put("linger.ms", 0);
      forWriting.put("compression.type", "lz4");
      producer =
          new KafkaProducer<>(forWriting, new ByteArraySerializer(), new ByteArraySerializer());
    } finally {
      Thread.currentThread().setContextClassLoader(before);
    }
  }

  private void createTopic(Map<String, Object> settings) throws Exception {
    try (Admin admin = Admin.create(settings)) {
      // Where a stack has made it, the identity here may not make topics.
      if (exists(admin)) return;
      var wanted = new NewTopic(topic, Optional.of(PARTITIONS), Optional.empty());
      wanted.configs(
          Map.of(
              "cleanup.policy",
              "compact,delete",
              "retention.ms",
              Long.toString(Duration.ofDays(RETENTION_DAYS).toMillis()),
              "message.timestamp.type",
              "LogAppendTime"));
      admin.createTopics(List.of(wanted)).all().get();
    } catch (ExecutionException e) {
      if (!(e.getCause() instanceof TopicExistsException)) throw e;
    }
  }

  private boolean exists(Admin admin) throws Exception {
    try {
      admin.describeTopics(List.of(topic)).allTopicNames().get();
      return true;
    } catch (ExecutionException e) {
      if (e.getCause() instanceof UnknownTopicOrPartitionException) return false;
      throw e;
    }
  }

  /** Reads all that may be newer than the restored checkpoint. */
  private void restore(Map<String, Object> settings, Predicate<String> owns) throws Exception {
    var forReading = new HashMap<>(settings);
    forReading.put("enable.auto.commit", false);
    forReading.put("auto.offset.reset", "earliest");
    try (var consumer =
        new KafkaConsumer<>(forReading, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      List<TopicPartition> partitions =
          consumer.partitionsFor(topic, PATIENCE).stream()
              .map(info -> new TopicPartition(topic, info.partition()))
              .toList();
      Map<TopicPartition, Long> ends = consumer.endOffsets(partitions, PATIENCE);
      ends.forEach((partition, end) -> confirmed.put(partition.partition(), end));
      if (restored.isEmpty()) restored.add(recent(consumer, partitions, ends));
      Map<TopicPartition, Long> beginnings = consumer.beginningOffsets(partitions, PATIENCE);
      consumer.assign(partitions);
      for (TopicPartition partition : partitions) {
        long from =
            restored.stream()
                .mapToLong(p -> p.getOffsetsOrDefault(partition.partition(), 0))
                .min()
                .orElse(0);
        consumer.seek(partition, Math.max(from, beginnings.get(partition)));
      }
      long deadline = System.nanoTime() + PATIENCE.toNanos();
      while (partitions.stream().anyMatch(p -> consumer.position(p) < ends.get(p))) {
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) remember(record, owns);
        if (System.nanoTime() > deadline)
          throw new IllegalStateException(
              "HR-FLINK-004 the journal %s could not be read to its end within %s"
                  .formatted(topic, PATIENCE));
      }
      if (recorded.isEmpty()) restored.clear();
    }
  }

  /** Where earlier attempts of this submission may have begun to write, had they no checkpoint. */
  private JournalPosition recent(
      KafkaConsumer<?, ?> consumer,
      List<TopicPartition> partitions,
      Map<TopicPartition, Long> ends) {
    Map<TopicPartition, Long> since = new HashMap<>();
    for (TopicPartition partition : partitions) since.put(partition, startedAt - FORGET_MS);
    var position = JournalPosition.newBuilder().setWriter("submission " + jobId).setJobId(jobId);
    consumer
        .offsetsForTimes(since, PATIENCE)
        .forEach(
            (partition, found) ->
                position.putOffsets(
                    partition.partition(), found == null ? ends.get(partition) : found.offset()));
    return position.build();
  }

  private void remember(ConsumerRecord<byte[], byte[]> record, Predicate<String> owns)
      throws InvalidProtocolBufferException {
    if (record.value() == null) return;
    JournalRecord written = JournalRecord.parseFrom(record.value());
    if (!written.getJob().equals(job) || !owns.test(written.getKey())) return;
    boolean after = false;
    for (JournalPosition position : restored) {
      boolean behind = record.offset() >= position.getOffsetsOrDefault(record.partition(), 0);
      if (position.getWriter().equals(written.getWriter()) && !behind) return;
      after |=
          behind
              && (position.getJobId().isEmpty() || position.getJobId().equals(written.getJobId()));
    }
    if (!after) return;
    TreeMap<Integer, Written> calls =
        recorded.computeIfAbsent(
            new Run(written.getKey(), written.getInputId()), run -> new TreeMap<>());
    int index = written.getEntry().getIndex();
    Written before = calls.get(index);
    if (before == null || before.writerStartedAt <= written.getWriterStartedAt())
      calls.put(index, new Written(written.getWriterStartedAt(), written.getEntry()));
  }

  @Override
  public Map<Integer, JournalEntry> take(String key, String inputId) {
    if (recorded.isEmpty()) return Map.of();
    TreeMap<Integer, Written> calls = recorded.remove(new Run(key, inputId));
    if (recorded.isEmpty()) restored.clear();
    if (calls == null) return Map.of();
    var taken = new TreeMap<Integer, JournalEntry>();
    long newest = Long.MIN_VALUE;
    for (var call : calls.entrySet()) {
      if (call.getValue().writerStartedAt < newest) break;
      newest = call.getValue().writerStartedAt;
      taken.put(call.getKey(), call.getValue().entry);
    }
    return taken;
  }

  @Override
  public void append(
      String key,
      String inputId,
      JournalEntry entry,
      Runnable durable,
      Consumer<Throwable> failed) {
    var record =
        JournalRecord.newBuilder()
            .setJob(job)
            .setJobId(jobId)
            .setKey(key)
            .setInputId(inputId)
            .setWriter(writer)
            .setWriterStartedAt(startedAt)
            .setEntry(entry)
            .build();
    byte[] name =
        JournalRecord.newBuilder()
            .setJob(job)
            .setKey(key)
            .setInputId(inputId)
            .setEntry(
                JournalEntry.newBuilder().setIndex(entry.getIndex()).setResult(ByteString.EMPTY))
            .build()
            .toByteArray();
    producer.send(
        new ProducerRecord<>(topic, name, record.toByteArray()),
        (written, error) -> {
          if (error != null) {
            failed.accept(error);
            return;
          }
          // A call that a checkpoint holds, confirmed or not, may be read again: the same answer.
          confirmed.merge(written.partition(), written.offset() + 1, Math::max);
          durable.run();
        });
  }

  @Override
  public List<byte[]> positions() {
    if (System.currentTimeMillis() - startedAt > FORGET_MS) {
      restored.clear();
      recorded.clear();
    }
    List<byte[]> positions = new ArrayList<>();
    // What the restored checkpoint left unread by inputs that have not come again must be found
    // once more.
    for (JournalPosition old : restored) positions.add(old.toByteArray());
    positions.add(
        JournalPosition.newBuilder()
            .setWriter(writer)
            .putAllOffsets(confirmed)
            .build()
            .toByteArray());
    return positions;
  }

  @Override
  public void close() {
    producer.close(Duration.ofSeconds(5));
  }
}
