package dev.headrace.flink.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.IllegalConfigurationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

class StateRootTest {
  @ParameterizedTest
  @CsvSource({
    "s3://bucket/prefix, /prefix",
    "s3://bucket, ''",
    "gs://bucket/, ''",
    "abfss://state@account.dfs.core.windows.net/a/b/, /a/b",
    "file:///var/lib/state, /var/lib/state",
    "file:/var/lib/state, /var/lib/state",
    "'  s3://bucket/x  ', /x",
  })
  void aRootIsAnyPlaceOfASchemeWithItsPath(String value, String path) throws Exception {
    assertThat(StateRoot.parse(value).path()).isEqualTo(path);
  }

  @ParameterizedTest
  @NullSource
  @ValueSource(strings = {"", "  "})
  void aMissingRootNamesTheKeyAndAnExample(String value) {
    assertThatThrownBy(() -> StateRoot.parse(value))
        .isInstanceOf(StateFsException.class)
        .hasMessageStartingWith("HR-STATEFS-001: ")
        .hasMessageContainingAll("headrace.state.root", "s3://bucket/prefix");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/var/lib/state",
        "bucket/prefix",
        "s3:/prefix",
        "file://var/state",
        "s3://bucket/../other",
        ":x",
        "s3:"
      })
  void aMalformedRootIsRefusedWithItsValueAndAnExample(String value) {
    assertThatThrownBy(() -> StateRoot.parse(value))
        .isInstanceOf(StateFsException.class)
        .hasMessageStartingWith("HR-STATEFS-002: ")
        .hasMessageContainingAll("headrace.state.root", "'" + value + "'", "s3://bucket/prefix");
  }

  @Test
  void aRootInsideStateIsRefused() {
    assertThatThrownBy(() -> StateRoot.parse("state://checkpoints/x"))
        .isInstanceOf(StateFsException.class)
        .hasMessageStartingWith("HR-STATEFS-003: ");
  }

  @Test
  void aProcessWithAMalformedRootDoesNotStart() {
    Configuration config = new Configuration();
    config.setString("headrace.state.root", "no-uri");
    assertThatThrownBy(() -> new StateFileSystemFactory().configure(config))
        .isInstanceOf(IllegalConfigurationException.class)
        .hasMessageStartingWith("HR-STATEFS-002: ");
  }

  @Test
  void aProcessWithoutARootStartsAndItsFirstStatePathFails() {
    StateFileSystemFactory factory = new StateFileSystemFactory();
    factory.configure(new Configuration());
    assertThatThrownBy(() -> factory.create(URI.create("state://checkpoints/job")))
        .isInstanceOf(StateFsException.class)
        .hasMessageStartingWith("HR-STATEFS-001: ");
  }

  @Test
  void aRootWhoseFileSystemIsNotInstalledIsNamedWithItsScheme() {
    Configuration config = new Configuration();
    config.setString("headrace.state.root", "nowhere://bucket/prefix");
    StateFileSystemFactory factory = new StateFileSystemFactory();
    factory.configure(config);
    assertThatThrownBy(() -> factory.create(URI.create("state://checkpoints/job")))
        .isInstanceOf(StateFsException.class)
        .hasMessageStartingWith("HR-STATEFS-007: ")
        .hasMessageContaining("nowhere://");
  }
}
