package dev.headrace.flink.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SettingsTest {
  @TempDir Path directory;
  private final Map<String, String> environment = new HashMap<>();

  @BeforeEach
  void mount() throws Exception {
    Files.writeString(directory.resolve("config.yaml"), "");
    environment.put("FLINK_CONF_DIR", directory.toString());
    environment.put("HEADRACE_TLS_DIR", directory.resolve("tls").toString());
  }

  @Test
  void withoutCertificatesAProcessIsPlain() {
    assertThat(Settings.of(environment).tls()).isFalse();
  }

  @Test
  void withoutCertificatesThatMustBeThereItDoesNotStart() {
    environment.put("HEADRACE_REQUIRE_TLS", "true");
    assertThatThrownBy(() -> Settings.of(environment))
        .hasMessageStartingWith("HR-LAUNCH-003 " + directory.resolve("tls"));
  }

  @Test
  void refusesWrongValuesByName() {
    environment.put("HEADRACE_REQUIRE_TLS", "yes");
    assertThatThrownBy(() -> Settings.of(environment))
        .hasMessageStartingWith("HR-LAUNCH-006 HEADRACE_REQUIRE_TLS: is \"yes\"");
    environment.put("HEADRACE_REQUIRE_TLS", "false");
    environment.put("HEADRACE_TLS_RESTART_SECONDS", "0");
    assertThatThrownBy(() -> Settings.of(environment))
        .hasMessageStartingWith("HR-LAUNCH-006 HEADRACE_TLS_RESTART_SECONDS");
  }

  @Test
  void namesAMissingConfiguration() throws Exception {
    Files.delete(directory.resolve("config.yaml"));
    assertThatThrownBy(() -> Settings.of(environment))
        .hasMessageStartingWith("HR-LAUNCH-002 " + directory.resolve("config.yaml"));
  }

  @Test
  void aConfigurationThatSpeaksOfTlsItselfIsRefusedBesideCertificates() {
    Map<String, String> given =
        Map.of(
            "security.ssl.rest.enabled",
            "false",
            "security.ssl.algorithms",
            "TLS_AES_128_GCM_SHA256");
    assertThatThrownBy(() -> Tls.configuration(given, directory, directory, "p"))
        .hasMessageContaining("HR-LAUNCH-009")
        .hasMessageContaining("security.ssl.rest.enabled")
        .hasMessageNotContaining("security.ssl.algorithms");
  }
}
