package dev.headrace.flink.agent;

import org.apache.flink.runtime.jobgraph.OperatorID;
import org.apache.flink.runtime.operators.coordination.OperatorCoordinator;
import org.apache.flink.streaming.api.operators.AbstractStreamOperatorFactory;
import org.apache.flink.streaming.api.operators.ChainingStrategy;
import org.apache.flink.streaming.api.operators.CoordinatedOperatorFactory;
import org.apache.flink.streaming.api.operators.OneInputStreamOperatorFactory;
import org.apache.flink.streaming.api.operators.StreamOperator;
import org.apache.flink.streaming.api.operators.StreamOperatorParameters;

/** Makes {@link AgentOperator}s, and the coordinator that announces checkpoints to them. */
public final class AgentOperatorFactory extends AbstractStreamOperatorFactory<AgentOutput>
    implements OneInputStreamOperatorFactory<AgentInput, AgentOutput>,
        CoordinatedOperatorFactory<AgentOutput> {
  private static final long serialVersionUID = 1L;

  private final AgentOperatorOptions options;

  public AgentOperatorFactory(AgentOperatorOptions options) {
    this.options = options;
    // The operator lets checkpoints pass while it holds an input back, which is sound for the head
    // of a chain only.
    setChainingStrategy(ChainingStrategy.HEAD);
  }

  @Override
  @SuppressWarnings("unchecked")
  public <T extends StreamOperator<AgentOutput>> T createStreamOperator(
      StreamOperatorParameters<AgentOutput> parameters) {
    var operator = new AgentOperator(options, parameters);
    parameters
        .getOperatorEventDispatcher()
        .registerEventHandler(parameters.getStreamConfig().getOperatorID(), operator);
    return (T) operator;
  }

  @Override
  public OperatorCoordinator.Provider getCoordinatorProvider(String name, OperatorID operatorId) {
    return new CheckpointAnnouncer.Provider(
        operatorId, options.job(), options.region(), options.epoch(), options.planHash());
  }

  @Override
  public Class<? extends StreamOperator<?>> getStreamOperatorClass(ClassLoader classLoader) {
    return AgentOperator.class;
  }
}
