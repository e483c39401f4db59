package dev.headrace.flink.state;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.Arrays;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.core.fs.FSDataInputStream;
import org.apache.flink.core.fs.FSDataOutputStream;
import org.apache.flink.core.fs.FileStatus;
import org.apache.flink.core.fs.FileSystem;
import org.apache.flink.core.fs.FileSystem.WriteMode;
import org.apache.flink.core.fs.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The whole file system contract over a file root, through Flink's own look-up by scheme. */
class StateFileSystemTest {
  @TempDir java.nio.file.Path root;
  private FileSystem fs;

  @BeforeEach
  void useTheRoot() throws IOException {
    Configuration config = new Configuration();
    config.setString("headrace.state.root", root.toUri().toString());
    FileSystem.initialize(config, null);
    fs = path("").getFileSystem();
  }

  @AfterEach
  void forgetTheRoot() {
    FileSystem.initialize(new Configuration(), null);
  }

  @Test
  void whatIsWrittenLiesBelowTheRootAndIsReadBack() throws IOException {
    write(path("job/a"), "hello", WriteMode.NO_OVERWRITE);
    assertThat(root.resolve("area/job/a")).hasContent("hello");
    assertThat(read(path("job/a"))).isEqualTo("hello");
    try (FSDataInputStream in = fs.open(path("job/a"), 4096)) {
      in.seek(1);
      assertThat(in.readAllBytes()).asString(UTF_8).isEqualTo("ello");
    }
  }

  @Test
  void anExistingFileIsReplacedOnlyWhenAsked() throws IOException {
    write(path("a"), "one", WriteMode.NO_OVERWRITE);
    assertThatThrownBy(() -> write(path("a"), "two", WriteMode.NO_OVERWRITE))
        .isInstanceOf(IOException.class);
    assertThat(read(path("a"))).isEqualTo("one");
    write(path("a"), "3", WriteMode.OVERWRITE);
    assertThat(read(path("a"))).isEqualTo("3");
  }

  @Test
  void aStatusHasTheLogicalPath() throws IOException {
    write(path("job/a"), "hello", WriteMode.NO_OVERWRITE);
    FileStatus file = fs.getFileStatus(path("job/a"));
    assertThat(file.getPath()).isEqualTo(path("job/a"));
    assertThat(file.getLen()).isEqualTo(5);
    assertThat(file.isDir()).isFalse();
    assertThat(fs.getFileStatus(path("job")).isDir()).isTrue();
    assertThat(fs.getFileBlockLocations(file, 0, 5)).hasSize(1);
    assertThatThrownBy(() -> fs.getFileStatus(path("absent")))
        .isInstanceOf(FileNotFoundException.class);
  }

  @Test
  void aListingHasLogicalPathsAndAnEmptyFolderAnEmptyOne() throws IOException {
    write(path("job/a"), "1", WriteMode.NO_OVERWRITE);
    write(path("job/b/c"), "2", WriteMode.NO_OVERWRITE);
    assertThat(Arrays.stream(fs.listStatus(path("job"))).map(FileStatus::getPath))
        .containsExactlyInAnyOrder(path("job/a"), path("job/b"));
    assertThat(fs.mkdirs(path("empty"))).isTrue();
    assertThat(fs.listStatus(path("empty"))).isEmpty();
    assertThat(Arrays.stream(fs.listStatus(path(""))).map(FileStatus::getPath))
        .containsExactlyInAnyOrder(path("job"), path("empty"));
    FileStatus[] absent = fs.listStatus(path("absent"));
    assertThat(absent)
        .isEqualTo(
            FileSystem.getLocalFileSystem().listStatus(new Path(root.resolve("absent").toUri())));
  }

  @Test
  void foldersAreMadeWithTheirParentsAndTwiceWithoutHarm() throws IOException {
    assertThat(fs.mkdirs(path("a/b/c"))).isTrue();
    assertThat(fs.mkdirs(path("a/b/c"))).isTrue();
    assertThat(root.resolve("area/a/b/c")).isDirectory();
    assertThat(fs.exists(path("a/b"))).isTrue();
    assertThat(fs.exists(path("a/x"))).isFalse();
  }

  @Test
  void aFileIsRenamedAlsoOverAnExistingOneAsItsDelegateDoes() throws IOException {
    write(path("a"), "one", WriteMode.NO_OVERWRITE);
    write(path("b"), "two", WriteMode.NO_OVERWRITE);
    assertThat(fs.rename(path("a"), path("b"))).isTrue();
    assertThat(read(path("b"))).isEqualTo("one");
    assertThat(fs.exists(path("a"))).isFalse();
    assertThat(fs.rename(path("b"), path("folder/c"))).isTrue();
    assertThat(root.resolve("area/folder/c")).hasContent("one");
  }

  @Test
  void aFolderWithFilesIsDeletedOnlyRecursively() throws IOException {
    write(path("job/a"), "1", WriteMode.NO_OVERWRITE);
    assertThatThrownBy(() -> fs.delete(path("job"), false)).isInstanceOf(IOException.class);
    assertThat(fs.delete(path("job/a"), false)).isTrue();
    write(path("job/b/c"), "2", WriteMode.NO_OVERWRITE);
    assertThat(fs.delete(path("job"), true)).isTrue();
    assertThat(root.resolve("area/job")).doesNotExist();
    assertThat(fs.delete(path("job"), true)).isFalse();
  }

  @Test
  void theFileSystemNamesItselfByItsLogicalRoot() {
    assertThat(fs.getUri()).hasScheme("state").hasAuthority("area");
    assertThat(fs.getWorkingDirectory()).isEqualTo(path(""));
    assertThat(fs.getHomeDirectory()).isEqualTo(path(""));
    assertThat(fs.isDistributedFS()).isFalse();
  }

  @Test
  void aPathThatLeavesTheRootReachesNothing() throws IOException {
    java.nio.file.Files.writeString(root.resolve("secret"), "x");
    assertThatThrownBy(() -> fs.open(path("../secret"))).hasMessageContaining("HR-STATEFS-005");
    assertThatThrownBy(() -> fs.rename(path("../secret"), path("mine")))
        .hasMessageContaining("HR-STATEFS-005");
    assertThatThrownBy(() -> fs.delete(path("../secret"), false))
        .hasMessageContaining("HR-STATEFS-005");
    assertThat(root.resolve("secret")).hasContent("x");
  }

  private static Path path(String below) {
    return new Path("state://area/" + below);
  }

  private void write(Path path, String content, WriteMode mode) throws IOException {
    try (FSDataOutputStream out = fs.create(path, mode)) {
      out.write(content.getBytes(UTF_8));
    }
  }

  private String read(Path path) throws IOException {
    try (FSDataInputStream in = fs.open(path)) {
      return new String(in.readAllBytes(), UTF_8);
    }
  }
}
