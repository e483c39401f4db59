package dev.headrace.flink.state;

import java.io.IOException;
import java.net.URI;
import org.apache.flink.core.fs.FileSystem;
import org.apache.flink.core.fs.FileSystemFactory;
import org.apache.flink.core.fs.Path;
import org.apache.flink.core.fs.local.LocalFileSystem;

/** A file system of another plugin, {@code other://disk/<path>}, on the local disk. */
public final class OtherFileSystemFactory implements FileSystemFactory {
  @Override
  public String getScheme() {
    return "other";
  }

  @Override
  public FileSystem create(URI uri) {
    return new LocalFileSystem() {
      // The local file system refuses a path with an authority.
      @Override
      public boolean mkdirs(Path path) throws IOException {
        return super.mkdirs(new Path(path.getPath()));
      }
    };
  }
}
