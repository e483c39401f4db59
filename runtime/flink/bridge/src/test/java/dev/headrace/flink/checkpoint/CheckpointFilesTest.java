package dev.headrace.flink.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.headrace.flink.checkpoint.CheckpointFiles.FileSize;
import dev.headrace.flink.job.AgentJobs;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.functions.RichMapFunction;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.typeutils.base.array.BytePrimitiveArraySerializer;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ExternalizedCheckpointRetention;
import org.apache.flink.connector.kafka.source.split.KafkaPartitionSplit;
import org.apache.flink.connector.kafka.source.split.KafkaPartitionSplitSerializer;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.core.io.SimpleVersionedSerialization;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.minicluster.MiniClusterConfiguration;
import org.apache.flink.runtime.state.FunctionInitializationContext;
import org.apache.flink.runtime.state.FunctionSnapshotContext;
import org.apache.flink.streaming.api.checkpoint.CheckpointedFunction;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.apache.flink.util.ExceptionUtils;
import org.apache.flink.util.function.ThrowingConsumer;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Real checkpoints of the agent's job, by RocksDB, on a mini cluster; no worker answers, so every
 * input is pending.
 */
@Timeout(180)
class CheckpointFilesTest {
  @TempDir Path directory;

  @Test
  void namesEveryFileOfAnIncrementalCheckpointWithItsSize() throws Exception {
    run(
        "0b",
        job -> {
          job.checkpoint();
          Path second = job.checkpoint();
          CheckpointFiles.Content content =
              CheckpointFiles.read(metadata(second), second.toUri().toString());
          assertThat(second.getFileName().toString()).isEqualTo("chk-" + content.checkpoint());
          assertThat(content.savepoint()).isFalse();
          assertThat(content.files()).anyMatch(file -> file.path().contains("/shared/"));
          assertThat(content.files())
              .allSatisfy(
                  file ->
                      assertThat(Files.size(Path.of(URI.create(file.path()))))
                          .isEqualTo(file.size()));
          assertThat(paths(content))
              .containsAll(filesBelow(second))
              .isSubsetOf(filesBelow(second.getParent()));
        });
  }

  @Test
  void namesNoFileForStateInsideTheMetadata() throws Exception {
    run(
        "1mb",
        job -> {
          CheckpointFiles.Content content =
              CheckpointFiles.read(metadata(job.checkpoint()), "state://checkpoints/reviews/chk-1");
          // RocksDB's own files are never inlined when they are shared; operator state is.
          assertThat(content.files()).noneMatch(file -> file.size() == null);
          assertThat(content.positions())
              .contains(new SourcePositions.Position("holder", "in", 3, 41_000_000_000L));
        });
  }

  @Test
  void tellsWhoseCheckpointItIs() throws Exception {
    run(
        "0b",
        job -> {
          long before = System.currentTimeMillis();
          CheckpointFiles.Content content =
              CheckpointFiles.read(metadata(job.checkpoint()), "x:/y");
          assertThat(content.job().job()).isEqualTo("reviews");
          assertThat(content.job().region()).isEqualTo("us");
          assertThat(content.job().epoch()).isEqualTo(7);
          assertThat(content.job().planHash()).isEqualTo("h");
          assertThat(content.job().flinkVersion()).isEqualTo("2.3.0");
          assertThat(content.job().triggeredAt()).isBetween(before, System.currentTimeMillis());
        });
  }

  @Test
  void completesRelativePathsOfASavepointWithTheFolderThatItIsIn() throws Exception {
    run(
        "0b",
        job -> {
          Path savepoint = job.savepoint(directory.resolve("savepoints"));
          CheckpointFiles.Content content =
              CheckpointFiles.read(metadata(savepoint), "state://savepoints/reviews/savepoint-1/");
          assertThat(content.savepoint()).isTrue();
          assertThat(content.files()).isNotEmpty();
          assertThat(content.files())
              .allSatisfy(
                  file -> {
                    String prefix = "state://savepoints/reviews/savepoint-1/";
                    assertThat(file.path()).startsWith(prefix);
                    Path local = savepoint.resolve(file.path().substring(prefix.length()));
                    assertThat(Files.size(local)).isEqualTo(file.size());
                  });
        });
  }

  @Test
  void refusesWhatIsNoMetadata() {
    assertThatThrownBy(() -> CheckpointFiles.read(new byte[] {1, 2, 3, 4, 5, 6, 7, 8}, "x:/y"))
        .isInstanceOf(IOException.class);
  }

  @Test
  void answersOneClientAfterAnotherOnASocket() throws Exception {
    Path socket = directory.resolve("socket");
    var server =
        new Thread(
            () -> {
              try {
                CheckpointFiles.listen(socket);
              } catch (IOException e) {
                // The test has ended.
              }
            });
    server.setDaemon(true);
    server.start();
    while (!Files.exists(socket)) Thread.sleep(10);
    for (String request :
        new String[] {
          "{\"id\":1,\"directory\":\"x:/y\",\"metadata\":\"AAAA\"}",
          "no request",
          "{\"id\":3,\"directory\":\"x:/y\",\"metadata\":\"AAAA\"}"
        }) {
      try (var client = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
        client.write(ByteBuffer.wrap((request + "\n").getBytes(StandardCharsets.UTF_8)));
        var answers =
            new BufferedReader(
                new InputStreamReader(Channels.newInputStream(client), StandardCharsets.UTF_8));
        String answer = answers.readLine();
        if (request.startsWith("{"))
          assertThat(answer).startsWith(request.substring(0, 7)).contains("\"error\":");
        else assertThat(answer).isNull();
      }
    }
  }

  private static byte[] metadata(Path checkpoint) throws IOException {
    return Files.readAllBytes(checkpoint.resolve("_metadata"));
  }

  private static Set<String> paths(CheckpointFiles.Content content) {
    return content.files().stream()
        .map(FileSize::path)
        .map(path -> Path.of(URI.create(path)).toString())
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static Set<String> filesBelow(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files
          .filter(file -> Files.isRegularFile(file) && !file.endsWith("_metadata"))
          .map(Path::toString)
          .collect(Collectors.toCollection(TreeSet::new));
    }
  }

  /** Runs the agent's job beside an operator whose state is that of a Kafka reader. */
  private void run(String inlined, ThrowingConsumer<Running, Exception> test) throws Exception {
    Configuration config = new Configuration();
    config.setString(
        "execution.checkpointing.dir", directory.resolve("checkpoints").toUri().toString());
    config.setString("execution.checkpointing.incremental", "true");
    config.setString("execution.checkpointing.num-retained", "1");
    config.setString("execution.checkpointing.data-inline-threshold", inlined);
    config.setString("state.backend.type", "rocksdb");
    config.setString("rest.port", "0");
    config.setString("io.tmp.dirs", directory.toString());
    config.setString("taskmanager.memory.managed.size", "64m");
    config.setString("taskmanager.memory.network.min", "16m");
    config.setString("taskmanager.memory.network.max", "16m");
    var env = StreamExecutionEnvironment.getExecutionEnvironment(config);
    env.enableCheckpointing(Duration.ofHours(1).toMillis()); // the test asks for each one
    env.getCheckpointConfig()
        .setExternalizedCheckpointRetention(ExternalizedCheckpointRetention.RETAIN_ON_CANCELLATION);
    AgentJobs.endless(env, directory, 7);
    env.fromSequence(0, Long.MAX_VALUE)
        .uid("numbers")
        .map(new Holder())
        .uid("holder")
        .sinkTo(new DiscardingSink<>())
        .uid("nowhere");
    try (var cluster =
        new MiniCluster(
            new MiniClusterConfiguration.Builder()
                .setConfiguration(config)
                .setNumSlotsPerTaskManager(2)
                .build())) {
      cluster.start();
      JobID id =
          cluster
              .submitJob(env.getStreamGraph().getJobGraph())
              .get(60, TimeUnit.SECONDS)
              .getJobID();
      test.accept(new Running(cluster, id));
      cluster.cancelJob(id).get(60, TimeUnit.SECONDS);
    }
  }

  private record Running(MiniCluster cluster, JobID id) {
    /** Refused until the job was initialized and all its tasks run. */
    Path checkpoint() throws Exception {
      while (true) {
        try {
          return Path.of(URI.create(cluster.triggerCheckpoint(id).get(60, TimeUnit.SECONDS)));
        } catch (ExecutionException e) {
          String why = ExceptionUtils.stringifyException(e);
          if (!why.contains("is initializing")
              && !why.contains("required tasks are currently running")) throw e;
          Thread.sleep(50);
        }
      }
    }

    Path savepoint(Path target) throws Exception {
      checkpoint();
      return Path.of(
          URI.create(
              cluster
                  .triggerSavepoint(
                      id, target.toUri().toString(), false, SavepointFormatType.CANONICAL)
                  .get(60, TimeUnit.SECONDS)));
    }
  }

  /** Keeps what the reader of a Kafka source keeps, under the same name. */
  private static final class Holder extends RichMapFunction<Long, Long>
      implements CheckpointedFunction {
    private static final long serialVersionUID = 1L;
    private transient ListState<byte[]> splits;

    @Override
    public Long map(Long value) throws InterruptedException {
      Thread.sleep(1);
      return value;
    }

    @Override
    public void initializeState(FunctionInitializationContext context) throws Exception {
      splits =
          context
              .getOperatorStateStore()
              .getListState(
                  new ListStateDescriptor<>(
                      "SourceReaderState", BytePrimitiveArraySerializer.INSTANCE));
    }

    @Override
    public void snapshotState(FunctionSnapshotContext context) throws Exception {
      splits.clear();
      // Of another source: it must not be taken for one of Kafka.
      splits.add(new byte[] {0, 0, 0, 1, 0, 0, 0, 2, 0, 0});
      splits.add(
          SimpleVersionedSerialization.writeVersionAndSerialize(
              new KafkaPartitionSplitSerializer(),
              new KafkaPartitionSplit(new TopicPartition("in", 3), 41_000_000_000L)));
    }
  }
}
