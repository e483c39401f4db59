package dev.headrace.flink.launch;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClassArchiveTest {
  @TempDir Path home;

  private Path jar() {
    return home.resolve("lib/headrace-launch.jar");
  }

  @Test
  void aProcessOfARoleMapsTheArchiveOfThatRole() throws Exception {
    Path archive = Files.createDirectories(home.resolve("classes")).resolve("jobmanager.jsa");
    Files.writeString(archive, "classes");
    assertThat(Launch.classArchive(jar(), Role.JOBMANAGER, List.of()))
        .hasValue("-XX:SharedArchiveFile=" + archive);
    assertThat(Launch.classArchive(jar(), Role.TASKMANAGER, List.of())).isEmpty();
  }

  @Test
  void anArchiveThatIsNamedOrMadeInTheConfigurationComesFirst() throws Exception {
    Files.writeString(
        Files.createDirectories(home.resolve("classes")).resolve("jobmanager.jsa"), "classes");
    for (String option : List.of("-XX:SharedArchiveFile=/x", "-XX:ArchiveClassesAtExit=/x")) {
      assertThat(Launch.classArchive(jar(), Role.JOBMANAGER, List.of(option))).isEmpty();
    }
  }
}
