package dev.headrace.flink.job;

import dev.headrace.flink.agent.AgentInput;
import dev.headrace.flink.agent.AgentOperator;
import dev.headrace.flink.agent.AgentOperatorFactory;
import dev.headrace.flink.agent.AgentOperatorOptions;
import dev.headrace.flink.agent.AgentOutput;
import dev.headrace.flink.agent.journal.KafkaJournal;
import dev.headrace.flink.agent.wire.WorkerAddresses;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/**
 * Runs an agent on Flink: {@code AgentJob --specification <path, URI or base64:…>}.
 *
 * <p>The topology is source, key, {@code action-execute-operator}, sink, all of one parallelism.
 * Checkpoints, state backend and restarts are the cluster's.
 */
public final class AgentJob {
  /** Name and uid of the operator. */
  public static final String OPERATOR = "action-execute-operator";

  private AgentJob() {}

  public static void main(String[] args) throws Exception {
    if (args.length != 2 || !args[0].equals("--specification"))
      throw new IllegalArgumentException(
          "HR-FLINK-011 the arguments are --specification and a path, a URI or base64:…");
    JobSpecification job = SpecificationReader.read(args[1]);
    var flink = StreamExecutionEnvironment.getExecutionEnvironment();
    build(job, flink);
    flink.execute(job.name());
  }

  static void build(JobSpecification job, StreamExecutionEnvironment flink) {
    flink.setParallelism(job.parallelism());
    flink.setMaxParallelism(job.maxParallelism());
    // Records are never changed in place.
    flink.getConfig().enableObjectReuse();
    DataStream<AgentInput> inputs =
        job.rehearsal() ? Rehearsal.source(flink) : Sources.of(job, flink);
    SingleOutputStreamOperator<AgentOutput> outputs =
        inputs
            .keyBy(AgentInput::key)
            .transform(
                OPERATOR,
                TypeInformation.of(AgentOutput.class),
                new AgentOperatorFactory(options(job)))
            .uid(OPERATOR)
            .setParallelism(inputs.getParallelism());
    DataStream<byte[]> deadLetters = outputs.getSideOutput(AgentOperator.DEAD_LETTERS);
    if (job.rehearsal()) Rehearsal.discard(outputs, deadLetters);
    else Sinks.attach(job, outputs, deadLetters);
  }

  private static AgentOperatorOptions options(JobSpecification job) {
    var tls = job.workers().tls();
    List<String> memory = new ArrayList<>(job.plan().memory().keySet());
    Collections.sort(memory);
    return new AgentOperatorOptions(
        job.name(),
        job.region(),
        job.epoch(),
        job.plan().hash(),
        memory,
        job.memory().ttl(),
        job.inFlight(),
        new AgentOperatorOptions.Retry(
            job.retry().attempts(),
            job.retry().initialBackoff(),
            job.retry().maxBackoff(),
            job.retry().onFailure().equals("fail")),
        job.rehearsal()
            ? Rehearsal.NO_WORKERS
            : new WorkerAddresses(
                new ArrayList<>(job.workers().targets()),
                tls == null ? null : tls.directory(),
                tls == null ? null : tls.serverName()),
        job.journal().mode().equals("kafka") && !job.rehearsal()
            ? KafkaJournal.factory(
                job.journal().topic(), job.journal().bootstrap(), job.journal().properties())
            : null,
        job.replay() == null
            ? null
            : new AgentOperatorOptions.Replay(job.replay().cluster(), job.replay().window()),
        job.rehearsal());
  }
}
