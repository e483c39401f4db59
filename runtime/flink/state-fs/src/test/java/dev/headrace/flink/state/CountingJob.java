package dev.headrace.flink.state;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ExternalizedCheckpointRetention;
import org.apache.flink.core.execution.RecoveryClaimMode;
import org.apache.flink.core.fs.FileSystem;
import org.apache.flink.runtime.jobgraph.SavepointRestoreSettings;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.minicluster.MiniClusterConfiguration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.apache.flink.streaming.api.functions.source.legacy.SourceFunction;
import org.apache.flink.streaming.api.graph.StreamGraph;
import org.apache.flink.util.Collector;

/**
 * A mini cluster that counts, in RocksDB, how often it saw each key. Only one at a time: its tasks
 * report through statics.
 */
final class CountingJob implements AutoCloseable {
  static final int KEYS = 200;

  private static final Map<String, Long> COUNTS = new ConcurrentHashMap<>();
  private static final AtomicInteger ROUNDS_ASKED = new AtomicInteger();
  private static final AtomicLong SEEN = new AtomicLong();

  private final MiniCluster cluster;
  private final JobID id;

  private CountingJob(MiniCluster cluster, JobID id) {
    this.cluster = cluster;
    this.id = id;
  }

  /** Starts the job on this root; from a checkpoint, unless that is null. */
  static CountingJob start(Path root, String checkpoint, RecoveryClaimMode mode) throws Exception {
    COUNTS.clear();
    ROUNDS_ASKED.set(0);
    SEEN.set(0);
    Configuration config = new Configuration();
    config.setString("headrace.state.root", root.toUri().toString());
    config.setString("execution.checkpointing.dir", "state://checkpoints/job");
    config.setString("execution.checkpointing.incremental", "true");
    // Otherwise state this small would lie inside the metadata, and there would be nothing to point
    // to.
    config.setString("execution.checkpointing.data-inline-threshold", "0b");
    config.setString("state.backend.type", "rocksdb");
    config.setString("rest.port", "0");
    Path scratch = Files.createDirectories(root.resolveSibling("scratch"));
    config.setString("io.tmp.dirs", scratch.toString());
    config.setString("web.tmpdir", scratch.toString());
    config.setString("taskmanager.memory.managed.size", "64m");
    config.setString("taskmanager.memory.network.min", "16m");
    config.setString("taskmanager.memory.network.max", "16m");
    FileSystem.initialize(config, null);
    MiniCluster cluster =
        new MiniCluster(
            new MiniClusterConfiguration.Builder()
                .setConfiguration(config)
                .setNumSlotsPerTaskManager(1)
                .build());
    StreamGraph graph = graph(config);
    if (checkpoint != null) {
      graph.setSavepointRestoreSettings(SavepointRestoreSettings.forPath(checkpoint, false, mode));
    }
    try {
      cluster.start();
      JobID id = cluster.submitJob(graph.getJobGraph()).get(60, TimeUnit.SECONDS).getJobID();
      return new CountingJob(cluster, id);
    } catch (Exception e) {
      cluster.close();
      throw e;
    }
  }

  private static StreamGraph graph(Configuration config) {
    StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment(config);
    env.setParallelism(1);
    env.enableCheckpointing(Duration.ofHours(1).toMillis()); // the test asks for each one
    env.getCheckpointConfig()
        .setExternalizedCheckpointRetention(ExternalizedCheckpointRetention.RETAIN_ON_CANCELLATION);
    env.addSource(new Rounds())
        .uid("rounds")
        .keyBy(key -> key)
        .process(new Count())
        .uid("count")
        .sinkTo(new DiscardingSink<>());
    return env.getStreamGraph();
  }

  /** Sends every key so many times, and waits until all were counted. */
  void count(int rounds) throws Exception {
    long expected = (long) ROUNDS_ASKED.addAndGet(rounds) * KEYS;
    while (SEEN.get() < expected) {
      JobStatus status = cluster.getJobStatus(id).get(60, TimeUnit.SECONDS);
      if (status.isTerminalState() || status == JobStatus.RESTARTING) {
        throw new IllegalStateException(
            "the job is "
                + status
                + " "
                + cluster.getExecutionGraph(id).get().getFailureInfo().getExceptionAsString());
      }
      Thread.sleep(20);
    }
  }

  /** The count of each key as the job's state has it. */
  Map<String, Long> counts() {
    return Map.copyOf(COUNTS);
  }

  /** Makes a checkpoint and gives its path. */
  String checkpoint() throws Exception {
    return cluster.triggerCheckpoint(id).get(60, TimeUnit.SECONDS);
  }

  @Override
  public void close() throws Exception {
    cluster.cancelJob(id).get(60, TimeUnit.SECONDS);
    while (!cluster.getJobStatus(id).get(60, TimeUnit.SECONDS).isGloballyTerminalState()) {
      Thread.sleep(20);
    }
    cluster.close();
  }

  @SuppressWarnings(
      "deprecation") // the source of the other interface would need far more code to be driven by a
  // test
  private static final class Rounds implements SourceFunction<String> {
    private static final long serialVersionUID = 1L;
    private volatile boolean running = true;

    @Override
    public void run(SourceContext<String> context) throws Exception {
      int sent = 0;
      while (running) {
        if (sent == ROUNDS_ASKED.get()) {
          Thread.sleep(5);
          continue;
        }
        synchronized (context.getCheckpointLock()) {
          for (int i = 0; i < KEYS; i++) {
            context.collect("key-" + i);
          }
        }
        sent++;
      }
    }

    @Override
    public void cancel() {
      running = false;
    }
  }

  private static final class Count extends KeyedProcessFunction<String, String, Long> {
    private static final long serialVersionUID = 1L;
    private transient ValueState<Long> count;

    @Override
    public void open(OpenContext context) {
      count = getRuntimeContext().getState(new ValueStateDescriptor<>("count", Long.class));
    }

    @Override
    public void processElement(String key, Context context, Collector<Long> out) throws Exception {
      long next = (count.value() == null ? 0 : count.value()) + 1;
      count.update(next);
      COUNTS.put(key, next);
      SEEN.incrementAndGet();
      out.collect(next);
    }
  }
}
