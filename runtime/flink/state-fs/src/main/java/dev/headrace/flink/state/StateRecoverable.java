package dev.headrace.flink.state;

import org.apache.flink.core.fs.Path;
import org.apache.flink.core.fs.RecoverableWriter.CommitRecoverable;
import org.apache.flink.core.fs.RecoverableWriter.ResumeRecoverable;

/**
 * The root's own recoverable together with what it belongs to. The inner part names physical things
 * (an upload's id, a temporary file), so it is good in one root only, and {@link #root} says in
 * which.
 */
sealed interface StateRecoverable extends CommitRecoverable {
  /** The logical path of the file that is being written. */
  Path target();

  /** The root under which it was written. */
  String root();

  /** The recoverable of the root's file system. */
  CommitRecoverable inner();

  /** A file whose writing may be completed. */
  record Commit(Path target, String root, CommitRecoverable inner) implements StateRecoverable {}

  /** A file whose writing may be continued. */
  record Resume(Path target, String root, ResumeRecoverable inner)
      implements StateRecoverable, ResumeRecoverable {}
}
