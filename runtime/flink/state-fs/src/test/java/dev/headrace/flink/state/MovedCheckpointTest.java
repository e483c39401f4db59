package dev.headrace.flink.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.core.execution.RecoveryClaimMode;
import org.apache.flink.core.fs.FileSystem;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Fault modelled: the place that held the state is gone, and only a copy of its files is left in
 * another place. Real Flink, real RocksDB, incremental checkpoints whose shared files all lie
 * outside the metadata.
 */
@Timeout(120)
class MovedCheckpointTest {
  @TempDir Path places;

  @AfterEach
  void forgetTheRoot() {
    FileSystem.initialize(new Configuration(), null);
  }

  @ParameterizedTest
  @EnumSource(
      value = RecoveryClaimMode.class,
      names = {"CLAIM", "NO_CLAIM"})
  void anIncrementalCheckpointThatWasCopiedToAnotherRootRestoresThere(RecoveryClaimMode mode)
      throws Exception {
    Path first = places.resolve("first");
    String checkpoint;
    try (CountingJob job = CountingJob.start(first, null, mode)) {
      job.count(3);
      String earlier = job.checkpoint();
      job.count(2);
      checkpoint = job.checkpoint();
      assertThat(job.counts()).isEqualTo(everyKeyAt(5));
      assertThat(checkpoint).startsWith("state://checkpoints/job/").isNotEqualTo(earlier);
    }
    assertThat(metadata(first, checkpoint))
        .contains("state://checkpoints/job/")
        .doesNotContain(places.toString());
    assertThat(sharedFiles(first)).isNotEmpty();

    Path second = move(first, places.resolve("second"));
    String onSecond;
    try (CountingJob job = CountingJob.start(second, checkpoint, mode)) {
      job.count(1);
      assertThat(job.counts()).isEqualTo(everyKeyAt(6));
      onSecond = job.checkpoint();
    }
    assertThat(metadata(second, onSecond)).doesNotContain(places.toString());

    Path third = move(second, places.resolve("third"));
    try (CountingJob job = CountingJob.start(third, onSecond, mode)) {
      job.count(1);
      assertThat(job.counts()).isEqualTo(everyKeyAt(7));
    }
    assertThat(first).doesNotExist();
    assertThat(second).doesNotExist();
  }

  private static Map<String, Long> everyKeyAt(long count) {
    return IntStream.range(0, CountingJob.KEYS)
        .boxed()
        .collect(Collectors.toMap(i -> "key-" + i, i -> count));
  }

  private static String metadata(Path root, String checkpoint) throws IOException {
    Path file = root.resolve(checkpoint.substring("state://".length())).resolve("_metadata");
    return Files.readString(file, StandardCharsets.ISO_8859_1);
  }

  private static List<Path> sharedFiles(Path root) throws IOException {
    try (Stream<Path> files = Files.walk(root)) {
      return files
          .filter(file -> Files.isRegularFile(file) && file.getParent().endsWith("shared"))
          .collect(Collectors.toList());
    }
  }

  /** Copies a tree and deletes the original, as a replicator and a lost region do. */
  private static Path move(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.collect(Collectors.toList())) {
        Files.copy(file, to.resolve(from.relativize(file)));
      }
    }
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.sorted((a, b) -> b.compareTo(a)).collect(Collectors.toList())) {
        Files.delete(file);
      }
    }
    return to;
  }
}
