package dev.headrace.flink.state;

import java.io.IOException;
import org.apache.flink.core.fs.Path;
import org.apache.flink.core.fs.RecoverableFsDataOutputStream;
import org.apache.flink.core.fs.RecoverableWriter;
import org.apache.flink.core.io.SimpleVersionedSerializer;

/**
 * The root's recoverable writer under logical paths. Flink writes a checkpoint's {@code _metadata}
 * through it, and a FileSink its part files.
 *
 * <p>What does not move to another root is a part file in progress: its recoverable names an upload
 * or a temporary file of the old root. To continue it there would write into the old region behind
 * the back of its new owner, so it is refused (HR-STATEFS-009). Checkpoints do not hold
 * recoverables unless the job has a FileSink on {@code state://}.
 */
final class StateRecoverableWriter implements RecoverableWriter {
  private final RecoverableWriter delegate;
  private final StatePaths paths;

  StateRecoverableWriter(RecoverableWriter delegate, StatePaths paths) {
    this.delegate = delegate;
    this.paths = paths;
  }

  @Override
  public RecoverableFsDataOutputStream open(Path path) throws IOException {
    return new StateRecoverableStream(delegate.open(paths.toPhysical(path)), path, root());
  }

  @Override
  public RecoverableFsDataOutputStream recover(ResumeRecoverable resumable) throws IOException {
    StateRecoverable state = ofThisRoot(resumable);
    return new StateRecoverableStream(
        delegate.recover((ResumeRecoverable) state.inner()), state.target(), state.root());
  }

  @Override
  public RecoverableFsDataOutputStream.Committer recoverForCommit(CommitRecoverable resumable)
      throws IOException {
    StateRecoverable state = ofThisRoot(resumable);
    return new StateRecoverableStream.StateCommitter(
        delegate.recoverForCommit(state.inner()), state.target(), state.root());
  }

  @Override
  public boolean requiresCleanupOfRecoverableState() {
    return delegate.requiresCleanupOfRecoverableState();
  }

  @Override
  public boolean cleanupRecoverableState(ResumeRecoverable resumable) throws IOException {
    return delegate.cleanupRecoverableState((ResumeRecoverable) ofThisRoot(resumable).inner());
  }

  @Override
  public SimpleVersionedSerializer<CommitRecoverable> getCommitRecoverableSerializer() {
    return new StateRecoverableSerializer<>(
        delegate.getCommitRecoverableSerializer(),
        CommitRecoverable.class,
        StateRecoverable.Commit::new);
  }

  @Override
  public SimpleVersionedSerializer<ResumeRecoverable> getResumeRecoverableSerializer() {
    return new StateRecoverableSerializer<>(
        delegate.getResumeRecoverableSerializer(),
        ResumeRecoverable.class,
        StateRecoverable.Resume::new);
  }

  @Override
  public boolean supportsResume() {
    return delegate.supportsResume();
  }

  /**
   * @throws IllegalArgumentException HR-STATEFS-008 for a recoverable of another file system.
   */
  static StateRecoverable ours(CommitRecoverable recoverable) {
    if (recoverable instanceof StateRecoverable state) {
      return state;
    }
    throw new IllegalArgumentException(
        "HR-STATEFS-008: a recoverable of another file system: "
            + recoverable.getClass().getName());
  }

  private StateRecoverable ofThisRoot(CommitRecoverable recoverable) throws StateFsException {
    StateRecoverable state = ours(recoverable);
    if (!state.root().equals(root())) {
      throw new StateFsException(
          "HR-STATEFS-009",
          state.target()
              + " was in progress under "
              + state.root()
              + " and cannot be continued under "
              + root()
              + ": a part file in progress does not move with a checkpoint. Keep a FileSink off"
              + " state://, or restore without its state");
    }
    return state;
  }

  private String root() {
    return paths.root().toString();
  }
}
