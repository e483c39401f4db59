import java.time.Duration;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.apache.flink.streaming.api.functions.source.legacy.RichParallelSourceFunction;
import org.apache.flink.util.Collector;

/**
 * Counts how often it saw each of many keys, in keyed state, and never ends: something to kill
 * processes under. Arguments: number of keys, records a second of each source, parallelism.
 */
public final class CountJob {
  public static void main(String[] args) throws Exception {
    int keys = Integer.parseInt(args[0]);
    int rate = Integer.parseInt(args[1]);
    StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment();
    env.setParallelism(Integer.parseInt(args[2]));
    env.addSource(new Keys(keys, rate))
        .uid("keys")
        .keyBy(key -> key)
        .process(new Count())
        .uid("count")
        .sinkTo(new DiscardingSink<>());
    env.executeAsync("count");
  }

  private static final class Keys extends RichParallelSourceFunction<Long> {
    private static final long serialVersionUID = 1L;
    private final int keys;
    private final int rate;
    private volatile boolean running = true;

    Keys(int keys, int rate) {
      this.keys = keys;
      this.rate = rate;
    }

    @Override
    public void run(SourceContext<Long> context) throws Exception {
      long next = 0;
      while (running) {
        synchronized (context.getCheckpointLock()) {
          for (int i = 0; i < rate / 50; i++) {
            context.collect(next++ % keys);
          }
        }
        Thread.sleep(Duration.ofMillis(20).toMillis());
      }
    }

    @Override
    public void cancel() {
      running = false;
    }
  }

  private static final class Count extends KeyedProcessFunction<Long, Long, Long> {
    private static final long serialVersionUID = 1L;
    private transient ValueState<Long> count;

    @Override
    public void open(OpenContext context) {
      count = getRuntimeContext().getState(new ValueStateDescriptor<>("count", Long.class));
    }

    @Override
    public void processElement(Long key, Context context, Collector<Long> out) throws Exception {
      count.update((count.value() == null ? 0 : count.value()) + 1);
      out.collect(count.value());
    }
  }
}
