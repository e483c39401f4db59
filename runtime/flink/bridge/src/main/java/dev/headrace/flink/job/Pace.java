package dev.headrace.flink.job;

import dev.headrace.flink.agent.AgentInput;
import org.apache.flink.api.common.functions.RichMapFunction;

/** Lets records pass at a rate. A file is read by one subtask, so that its rate is the source's. */
final class Pace extends RichMapFunction<AgentInput, AgentInput> {
  private static final long serialVersionUID = 1L;

  private final double perSecond;
  private transient long begun;
  private transient long passed;

  Pace(double perSecond) {
    this.perSecond = perSecond;
  }

  @Override
  public AgentInput map(AgentInput input) throws InterruptedException {
    if (passed == 0) begun = System.nanoTime();
    long wait = begun + (long) (passed++ / perSecond * 1e9) - System.nanoTime();
    if (wait > 0) Thread.sleep(wait / 1_000_000, (int) (wait % 1_000_000));
    return input;
  }
}
