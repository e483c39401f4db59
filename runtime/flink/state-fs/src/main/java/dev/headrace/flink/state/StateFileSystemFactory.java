package dev.headrace.flink.state;

import java.io.IOException;
import java.net.URI;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.IllegalConfigurationException;
import org.apache.flink.core.fs.FileSystem;
import org.apache.flink.core.fs.FileSystemFactory;
import org.apache.flink.core.fs.PathsCopyingFileSystem;

/**
 * The scheme {@code state://}: a logical name for the place where this region keeps its state.
 * {@code state://checkpoints/job} means {@code <headrace.state.root>/checkpoints/job}.
 *
 * <p>Flink's checkpoint metadata holds absolute paths of the files that incremental checkpoints
 * share. With logical paths a checkpoint that was copied to another bucket or another cloud
 * restores there.
 *
 * <p>The root is read once, when a process starts: another root needs new processes.
 */
public final class StateFileSystemFactory implements FileSystemFactory {
  static final String SCHEME = "state";

  /** The root, an absolute URI of any scheme that Flink knows. No default. */
  public static final ConfigOption<String> ROOT =
      ConfigOptions.key(StateRoot.KEY)
          .stringType()
          .noDefaultValue()
          .withDescription("Where state:// paths lie, for example s3://bucket/prefix.");

  private volatile StateRoot root;

  /** Made by Flink's service loader. */
  public StateFileSystemFactory() {}

  @Override
  public String getScheme() {
    return SCHEME;
  }

  /**
   * Reads {@code headrace.state.root}. A missing key is no error here: the plugin may lie in an
   * image whose job does not use it.
   *
   * @throws IllegalConfigurationException with HR-STATEFS-002 or HR-STATEFS-003 for a root that can
   *     never work, so that the process does not start.
   */
  @Override
  public void configure(Configuration config) {
    String value = config.get(ROOT);
    try {
      root = value == null ? null : StateRoot.parse(value);
    } catch (StateFsException e) {
      throw new IllegalConfigurationException(e.getMessage(), e);
    }
  }

  /**
   * The file system of one authority below the root.
   *
   * @throws StateFsException HR-STATEFS-001 without a root, HR-STATEFS-004 for a path without a
   *     usable authority, HR-STATEFS-007 when the root's own file system cannot be opened.
   */
  @Override
  public FileSystem create(URI logical) throws IOException {
    StateRoot current = root == null ? StateRoot.parse(null) : root;
    StatePaths paths = new StatePaths(current, logical.getAuthority());
    FileSystem delegate = open(current);
    if (delegate instanceof PathsCopyingFileSystem) {
      return copying(delegate, paths);
    }
    return new StateFileSystem(delegate, paths);
  }

  // Not FileSystem.get: its safety net closes streams at the end of the thread that opened them,
  // and the caller's own get of
  // state:// already put one around this file system. The look-up crosses the class loaders of
  // plugins.
  private static FileSystem open(StateRoot root) throws StateFsException {
    try {
      return FileSystem.getUnguardedFileSystem(root.uri());
    } catch (IOException e) {
      throw new StateFsException(
          "HR-STATEFS-007",
          StateRoot.KEY
              + " is "
              + root
              + ", whose file system cannot be opened (is the plugin for "
              + root.uri().getScheme()
              + ":// in Flink's plugins folder, and may this identity use it?): "
              + e.getMessage(),
          e);
    }
  }

  @SuppressWarnings("unchecked") // the caller has checked the second type
  private static <T extends FileSystem & PathsCopyingFileSystem> FileSystem copying(
      FileSystem delegate, StatePaths paths) {
    return new CopyingStateFileSystem((T) delegate, paths);
  }
}
