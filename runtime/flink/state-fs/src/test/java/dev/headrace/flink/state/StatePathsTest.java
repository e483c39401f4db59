package dev.headrace.flink.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import org.apache.flink.core.fs.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class StatePathsTest {
  @ParameterizedTest
  @CsvSource({
    "s3://bucket/prefix, state://checkpoints/job/chk-1, s3://bucket/prefix/checkpoints/job/chk-1",
    "s3://bucket/prefix/, state://checkpoints/job, s3://bucket/prefix/checkpoints/job",
    "gs://bucket, state://checkpoints/job, gs://bucket/checkpoints/job",
    "s3://bucket, state://savepoints/, s3://bucket/savepoints",
    "abfss://c@a.dfs.core.windows.net/x, state://ha/blob,"
        + " abfss://c@a.dfs.core.windows.net/x/ha/blob",
    "file:///var/state, state://checkpoints/a b/c%20d, file:/var/state/checkpoints/a b/c%20d",
    "file:///, state://checkpoints/job, file:/checkpoints/job",
  })
  void aPathIsMappedBothWays(String root, String logical, String physical) throws Exception {
    StatePaths paths = new StatePaths(StateRoot.parse(root), "checkpoints");
    assertThat(paths.toPhysical(new Path(logical))).isEqualTo(new Path(physical));
    assertThat(paths.toLogical(new Path(physical))).isEqualTo(new Path(logical));
  }

  @ParameterizedTest
  @CsvSource({
    "/job/x, s3://b/r/checkpoints/job/x",
    "job, s3://b/r/checkpoints/job",
    "/, s3://b/r/checkpoints"
  })
  void aPathWithoutASchemeBelongsToTheFileSystemItIsGivenTo(String logical, String physical)
      throws Exception {
    assertThat(checkpoints().toPhysical(new Path(logical))).isEqualTo(new Path(physical));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "state://checkpoints/../other",
        "state://checkpoints/a/../../b",
        "state://checkpoints/%2e%2e/other",
        "state://checkpoints/a/%2E%2E/%2e%2e/%2e%2e/b",
        "../other"
      })
  void aPathThatLeavesTheRootIsRefused(String logical) {
    assertThatThrownBy(() -> checkpoints().toPhysical(new Path(URI.create(logical))))
        .isInstanceOf(StateFsException.class)
        .hasMessageStartingWith("HR-STATEFS-005: ");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "state:///job",
        "state://../x",
        "state://./x",
        "state://a:1/x",
        "state://user@a/x",
        "s3://bucket/x",
        "file:///x"
      })
  void aPathOfAnotherSchemeOrWithoutAUsableNameIsRefused(String logical) {
    assertThatThrownBy(() -> checkpoints().toPhysical(new Path(URI.create(logical))))
        .isInstanceOf(StateFsException.class)
        .hasMessageStartingWith("HR-STATEFS-004: ");
  }

  @ParameterizedTest
  @ValueSource(strings = {"s3://b/r", "s3://b/rr/checkpoints/x", "s3://b/other/x", "s3://b/"})
  void aPhysicalPathOutsideTheRootIsNeverHandedOut(String physical) {
    assertThatThrownBy(() -> checkpoints().toLogical(new Path(physical)))
        .isInstanceOf(StateFsException.class)
        .hasMessageStartingWith("HR-STATEFS-006: ");
  }

  private static StatePaths checkpoints() throws StateFsException {
    return new StatePaths(StateRoot.parse("s3://b/r"), "checkpoints");
  }
}
