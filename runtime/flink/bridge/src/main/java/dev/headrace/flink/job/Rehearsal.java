package dev.headrace.flink.job;

import dev.headrace.flink.agent.AgentInput;
import dev.headrace.flink.agent.AgentOutput;
import dev.headrace.flink.agent.wire.WorkerAddresses;
import java.util.List;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;

/**
 * What surrounds the operator in a job that proves that a savepoint or checkpoint can be restored.
 *
 * <p>The operator keeps its uid and so gets its state. Source and sinks have uids of their own, so
 * that theirs is left out: a restored Kafka sink would commit the transactions of the job that made
 * the snapshot. Such a restore must allow state that no operator takes. Without workers, the inputs
 * in the snapshot stay what they are, and no model is called.
 */
final class Rehearsal {
  static final WorkerAddresses NO_WORKERS = new WorkerAddresses(List.of(), null, null);

  private Rehearsal() {}

  static DataStream<AgentInput> source(StreamExecutionEnvironment flink) {
    return flink
        .fromSource(new IdleSource(), WatermarkStrategy.noWatermarks(), "rehearsal: no source")
        .uid("rehearsal-source");
  }

  static void discard(DataStream<AgentOutput> outputs, DataStream<byte[]> deadLetters) {
    outputs.sinkTo(new DiscardingSink<>()).name("rehearsal: no sink").uid("rehearsal-sink");
    deadLetters
        .sinkTo(new DiscardingSink<>())
        .name("rehearsal: no dead letters")
        .uid("rehearsal-dead-letters");
  }
}
