package dev.headrace.flink.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.core.fs.FileSystem;
import org.apache.flink.core.fs.ICloseableRegistry;
import org.apache.flink.core.fs.Path;
import org.apache.flink.core.fs.PathsCopyingFileSystem;
import org.apache.flink.core.fs.local.LocalFileSystem;
import org.junit.jupiter.api.Test;

class CopyingStateFileSystemTest {
  private static final Path LOCAL = new Path("file:///tmp/rocksdb/000001.sst");
  private static final Path LOGICAL = new Path("state://area/shared/1");
  private static final Path PHYSICAL = new Path("s3://bucket/r/area/shared/1");

  @Test
  void aBulkCopyHasItsLogicalSideMappedAndItsLocalSideKept() throws IOException {
    Bulk delegate = new Bulk();
    CopyingStateFileSystem fs =
        new CopyingStateFileSystem(
            delegate, new StatePaths(StateRoot.parse("s3://bucket/r"), "area"));
    assertThat(fs.canCopyPaths(LOGICAL, LOCAL)).isTrue();
    assertThat(fs.canCopyPaths(LOCAL, LOGICAL)).isFalse();
    fs.copyFiles(
        List.of(PathsCopyingFileSystem.CopyRequest.of(LOGICAL, LOCAL, 42)),
        ICloseableRegistry.NO_OP);
    assertThat(delegate.copied)
        .singleElement()
        .satisfies(
            request -> {
              assertThat(request.getSource()).isEqualTo(PHYSICAL);
              assertThat(request.getDestination()).isEqualTo(LOCAL);
              assertThat(request.getSize()).isEqualTo(42);
            });
  }

  @Test
  void aRootThatDoesNotCopyInBulkDoesNotClaimTo() throws IOException {
    StateFileSystemFactory factory = new StateFileSystemFactory();
    Configuration config = new Configuration();
    config.setString("headrace.state.root", "file:///tmp/headrace");
    factory.configure(config);
    FileSystem fs = factory.create(URI.create("state://area/x"));
    assertThat(fs)
        .isInstanceOf(StateFileSystem.class)
        .isNotInstanceOf(PathsCopyingFileSystem.class);
  }

  /** Downloads only, as Flink's S3 file system does without an upload tool. */
  private static final class Bulk extends LocalFileSystem implements PathsCopyingFileSystem {
    final List<CopyRequest> copied = new ArrayList<>();

    @Override
    public boolean canCopyPaths(Path source, Path destination) {
      return source.equals(PHYSICAL) && destination.equals(LOCAL);
    }

    @Override
    public void copyFiles(List<CopyRequest> requests, ICloseableRegistry closeableRegistry) {
      copied.addAll(requests);
    }
  }
}
