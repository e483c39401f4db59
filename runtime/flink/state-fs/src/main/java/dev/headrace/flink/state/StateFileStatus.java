package dev.headrace.flink.state;

import org.apache.flink.core.fs.BlockLocation;
import org.apache.flink.core.fs.FileStatus;
import org.apache.flink.core.fs.LocatedFileStatus;
import org.apache.flink.core.fs.Path;

/** What the root's file system says of a file, under the file's logical path. */
record StateFileStatus(FileStatus physical, Path getPath) implements LocatedFileStatus {
  @Override
  public long getLen() {
    return physical.getLen();
  }

  @Override
  public long getBlockSize() {
    return physical.getBlockSize();
  }

  @Override
  public short getReplication() {
    return physical.getReplication();
  }

  @Override
  public long getModificationTime() {
    return physical.getModificationTime();
  }

  @Override
  public long getAccessTime() {
    return physical.getAccessTime();
  }

  @Override
  public boolean isDir() {
    return physical.isDir();
  }

  @Override
  public BlockLocation[] getBlockLocations() {
    return physical instanceof LocatedFileStatus located
        ? located.getBlockLocations()
        : new BlockLocation[0];
  }
}
