package dev.headrace.flink.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IncarnationTest {
  @TempDir Path directory;

  @Test
  void countsStartsAndTakesLocalStateAlong() throws Exception {
    assertThat(Incarnation.next(directory, "tm-0")).isEqualTo("tm-0-1");
    Files.createDirectories(directory.resolve("tm_tm-0-1/localState/aid_1"));
    assertThat(Incarnation.next(directory, "tm-0")).isEqualTo("tm-0-2");
    assertThat(directory.resolve("tm_tm-0-2/localState/aid_1")).isDirectory();
    assertThat(directory.resolve("tm_tm-0-1")).doesNotExist();
  }

  @Test
  void takesOverTheFolderOfAStableNameAndLeavesThoseOfOthers() throws Exception {
    Files.createDirectories(directory.resolve("tm_tm-1/localState"));
    Files.createDirectories(directory.resolve("tm_tm-10/localState"));
    Files.createDirectories(directory.resolve("tm_tm-1-other"));
    assertThat(Incarnation.next(directory, "tm-1")).isEqualTo("tm-1-1");
    assertThat(directory.resolve("tm_tm-1-1/localState")).isDirectory();
    assertThat(directory.resolve("tm_tm-10/localState")).isDirectory();
    assertThat(directory.resolve("tm_tm-1-other")).isDirectory();
  }

  @Test
  void neverUsesANumberTwiceAlthoughTheCounterIsLost() throws Exception {
    Files.createDirectories(directory.resolve("tm_tm-0-7/localState"));
    Files.createDirectories(directory.resolve("tm_tm-0-6/tmp"));
    assertThat(Incarnation.next(directory, "tm-0")).isEqualTo("tm-0-8");
    assertThat(directory.resolve("tm_tm-0-8/localState")).isDirectory();
    assertThat(directory.resolve("tm_tm-0-6")).doesNotExist();
    Files.writeString(directory.resolve("headrace-starts-tm-0"), "torn");
    assertThat(Incarnation.next(directory, "tm-0")).isEqualTo("tm-0-9");
  }

  @Test
  void saysWhichDirectoryCannotBeWritten() throws Exception {
    Path file = Files.createFile(directory.resolve("file"));
    assertThatThrownBy(() -> Incarnation.next(file, "tm-0"))
        .isInstanceOf(LaunchException.class)
        .hasMessageStartingWith("HR-LAUNCH-008 " + file);
  }
}
