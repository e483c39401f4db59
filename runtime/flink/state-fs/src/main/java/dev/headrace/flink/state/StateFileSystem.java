package dev.headrace.flink.state;

import java.io.IOException;
import java.net.URI;
import java.util.Map;
import org.apache.flink.core.fs.BlockLocation;
import org.apache.flink.core.fs.FSDataInputStream;
import org.apache.flink.core.fs.FSDataOutputStream;
import org.apache.flink.core.fs.FileStatus;
import org.apache.flink.core.fs.FileSystem;
import org.apache.flink.core.fs.Path;
import org.apache.flink.core.fs.RecoverableWriter;

/**
 * Forwards every call to the file system of the root, with physical paths on the way in and logical
 * paths on the way out, so that what Flink writes into a checkpoint's metadata never names a
 * bucket, an account or a directory.
 */
class StateFileSystem extends FileSystem {
  final FileSystem delegate;
  final StatePaths paths;

  StateFileSystem(FileSystem delegate, StatePaths paths) {
    this.delegate = delegate;
    this.paths = paths;
  }

  @Override
  public Path getWorkingDirectory() {
    return paths.base();
  }

  @Override
  public Path getHomeDirectory() {
    return paths.base();
  }

  @Override
  public URI getUri() {
    return paths.base().toUri();
  }

  @Override
  public FileStatus getFileStatus(Path path) throws IOException {
    return toLogical(delegate.getFileStatus(paths.toPhysical(path)));
  }

  @Override
  public BlockLocation[] getFileBlockLocations(FileStatus file, long start, long length)
      throws IOException {
    // File systems cast the status to the class of their own that they handed out.
    FileStatus physical = file instanceof StateFileStatus status ? status.physical() : file;
    return delegate.getFileBlockLocations(physical, start, length);
  }

  @Override
  public FSDataInputStream open(Path path, int bufferSize) throws IOException {
    return delegate.open(paths.toPhysical(path), bufferSize);
  }

  @Override
  public FSDataInputStream open(Path path) throws IOException {
    return delegate.open(paths.toPhysical(path));
  }

  @Override
  public FileStatus[] listStatus(Path path) throws IOException {
    FileStatus[] physical = delegate.listStatus(paths.toPhysical(path));
    if (physical == null) {
      return null; // what Flink's local file system answers for a folder that is not there
    }
    FileStatus[] logical = new FileStatus[physical.length];
    for (int i = 0; i < physical.length; i++) {
      logical[i] = toLogical(physical[i]);
    }
    return logical;
  }

  @Override
  public boolean exists(Path path) throws IOException {
    return delegate.exists(paths.toPhysical(path));
  }

  @Override
  public boolean delete(Path path, boolean recursive) throws IOException {
    return delegate.delete(paths.toPhysical(path), recursive);
  }

  @Override
  public boolean mkdirs(Path path) throws IOException {
    return delegate.mkdirs(paths.toPhysical(path));
  }

  @Override
  public FSDataOutputStream create(Path path, WriteMode mode) throws IOException {
    return delegate.create(paths.toPhysical(path), mode);
  }

  @Override
  public boolean rename(Path source, Path target) throws IOException {
    return delegate.rename(paths.toPhysical(source), paths.toPhysical(target));
  }

  @Override
  public boolean isDistributedFS() {
    return delegate.isDistributedFS();
  }

  @SuppressWarnings(
      "deprecation") // old input formats still ask for it, and the answer is the delegate's
  @Override
  public long getDefaultBlockSize() {
    return delegate.getDefaultBlockSize();
  }

  @Override
  public RecoverableWriter createRecoverableWriter() throws IOException {
    return new StateRecoverableWriter(delegate.createRecoverableWriter(), paths);
  }

  @Override
  public RecoverableWriter createRecoverableWriter(Map<String, String> options) throws IOException {
    return new StateRecoverableWriter(delegate.createRecoverableWriter(options), paths);
  }

  private FileStatus toLogical(FileStatus physical) throws IOException {
    return new StateFileStatus(physical, paths.toLogical(physical.getPath()));
  }
}
