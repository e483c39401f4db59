package dev.headrace.flink.state;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.core.fs.FileSystem;
import org.apache.flink.core.fs.ICloseableRegistry;
import org.apache.flink.core.fs.Path;
import org.apache.flink.core.fs.PathsCopyingFileSystem;

/**
 * For a root whose file system copies files in bulk, which RocksDB uses to download its state. A
 * class of its own, because Flink decides by {@code instanceof} whether to ask for it.
 */
final class CopyingStateFileSystem extends StateFileSystem implements PathsCopyingFileSystem {
  private final PathsCopyingFileSystem copying;

  <T extends FileSystem & PathsCopyingFileSystem> CopyingStateFileSystem(
      T delegate, StatePaths paths) {
    super(delegate, paths);
    this.copying = delegate;
  }

  @Override
  public boolean canCopyPaths(Path source, Path destination) throws IOException {
    return copying.canCopyPaths(physicalSide(source), physicalSide(destination));
  }

  @Override
  public void copyFiles(List<CopyRequest> requests, ICloseableRegistry closeableRegistry)
      throws IOException {
    List<CopyRequest> physical = new ArrayList<>(requests.size());
    for (CopyRequest request : requests) {
      physical.add(
          CopyRequest.of(
              physicalSide(request.getSource()),
              physicalSide(request.getDestination()),
              request.getSize()));
    }
    copying.copyFiles(physical, closeableRegistry);
  }

  /** One side of a copy is the task's own disk, whose paths stay as they are. */
  private Path physicalSide(Path path) throws IOException {
    return StateFileSystemFactory.SCHEME.equals(path.toUri().getScheme())
        ? paths.toPhysical(path)
        : path;
  }
}
