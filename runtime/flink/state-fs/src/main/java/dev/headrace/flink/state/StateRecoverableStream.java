package dev.headrace.flink.state;

import java.io.IOException;
import org.apache.flink.core.fs.Path;
import org.apache.flink.core.fs.RecoverableFsDataOutputStream;
import org.apache.flink.core.fs.RecoverableWriter.CommitRecoverable;
import org.apache.flink.core.fs.RecoverableWriter.ResumeRecoverable;

/** A file in progress whose recoverables carry its logical path. */
final class StateRecoverableStream extends RecoverableFsDataOutputStream {
  private final RecoverableFsDataOutputStream delegate;
  private final Path target;
  private final String root;

  StateRecoverableStream(RecoverableFsDataOutputStream delegate, Path target, String root) {
    this.delegate = delegate;
    this.target = target;
    this.root = root;
  }

  @Override
  public ResumeRecoverable persist() throws IOException {
    return new StateRecoverable.Resume(target, root, delegate.persist());
  }

  @Override
  public Committer closeForCommit() throws IOException {
    return new StateCommitter(delegate.closeForCommit(), target, root);
  }

  @Override
  public void close() throws IOException {
    delegate.close();
  }

  @Override
  public long getPos() throws IOException {
    return delegate.getPos();
  }

  @Override
  public void write(int b) throws IOException {
    delegate.write(b);
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    delegate.write(bytes, offset, length);
  }

  @Override
  public void flush() throws IOException {
    delegate.flush();
  }

  @Override
  public void sync() throws IOException {
    delegate.sync();
  }

  /** Completes the file; its recoverable carries the logical path. */
  static final class StateCommitter implements Committer {
    private final Committer delegate;
    private final Path target;
    private final String root;

    StateCommitter(Committer delegate, Path target, String root) {
      this.delegate = delegate;
      this.target = target;
      this.root = root;
    }

    @Override
    public void commit() throws IOException {
      delegate.commit();
    }

    @Override
    public void commitAfterRecovery() throws IOException {
      delegate.commitAfterRecovery();
    }

    @Override
    public CommitRecoverable getRecoverable() {
      return new StateRecoverable.Commit(target, root, delegate.getRecoverable());
    }
  }
}
