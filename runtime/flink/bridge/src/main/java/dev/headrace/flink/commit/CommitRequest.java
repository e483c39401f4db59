package dev.headrace.flink.commit;

import org.apache.flink.api.connector.sink2.Committer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One committable on its way through a sink's committer; it is done unless it asks for more. */
final class CommitRequest<C> implements Committer.CommitRequest<C> {
  private static final Logger LOG = LoggerFactory.getLogger(CommitRequest.class);

  private C committable;
  private int retries;
  private boolean again;

  CommitRequest(C committable) {
    this.committable = committable;
  }

  /** Begins another try. */
  void select() {
    if (again) retries++;
    again = false;
  }

  boolean isDone() {
    return !again;
  }

  @Override
  public C getCommittable() {
    return committable;
  }

  @Override
  public int getNumberOfRetries() {
    return retries;
  }

  @Override
  public void signalFailedWithKnownReason(Throwable reason) {
    // The sink says that trying again changes nothing, and that the job can go on: as in Flink.
    LOG.error("HR-FLINK-032 a sink gave up {}", committable, reason);
  }

  @Override
  public void signalFailedWithUnknownReason(Throwable reason) {
    throw new IllegalStateException("cannot commit " + committable, reason);
  }

  @Override
  public void retryLater() {
    again = true;
  }

  @Override
  public void updateAndRetryLater(C committable) {
    this.committable = committable;
    again = true;
  }

  @Override
  public void signalAlreadyCommitted() {}
}
