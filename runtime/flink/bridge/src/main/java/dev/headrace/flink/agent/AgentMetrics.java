package dev.headrace.flink.agent;

import java.util.function.IntSupplier;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.metrics.Histogram;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.runtime.metrics.DescriptiveStatisticsHistogram;

/** The operator's metrics, in the group {@code headrace}. */
final class AgentMetrics {
  private static final int LATENCY_WINDOW = 10_000;

  final Counter runsFinished;
  final Counter outputs;
  final Counter deadLetters;
  final Counter retries;
  final Counter runsReturned;

  /** Inputs that came again and were not run. */
  final Counter replays;

  /** Milliseconds from the first sending of a run to its end. */
  final Histogram runLatency;

  /** Inputs that the last checkpoint holds as not finished. */
  volatile int checkpointedInputs;

  AgentMetrics(MetricGroup parent, IntSupplier inFlight, IntSupplier pending, IntSupplier workers) {
    MetricGroup group = parent.addGroup("headrace");
    runsFinished = group.counter("runsFinished");
    outputs = group.counter("outputs");
    deadLetters = group.counter("deadLetters");
    retries = group.counter("retries");
    runsReturned = group.counter("runsReturned");
    replays = group.counter("replays");
    runLatency =
        group.histogram("runLatencyMs", new DescriptiveStatisticsHistogram(LATENCY_WINDOW));
    group.gauge("runsInFlight", (Gauge<Integer>) inFlight::getAsInt);
    group.gauge("runsPending", (Gauge<Integer>) pending::getAsInt);
    group.gauge("workers", (Gauge<Integer>) workers::getAsInt);
    group.gauge("checkpointedInputs", (Gauge<Integer>) () -> checkpointedInputs);
  }
}
