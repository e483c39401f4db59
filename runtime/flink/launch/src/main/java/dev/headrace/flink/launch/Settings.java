package dev.headrace.flink.launch;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;

/**
 * What the environment says. Directories: Flink's distribution, the mounted configuration, the
 * mounted certificates, and the one to write to.
 */
record Settings(
    Path flinkHome,
    Path configuration,
    Path certificates,
    Path run,
    boolean tls,
    Duration restartAfter,
    String name) {

  /**
   * Reads the environment.
   *
   * @throws LaunchException HR-LAUNCH-002 without a configuration, HR-LAUNCH-003 without
   *     certificates that must be there, HR-LAUNCH-006 for a wrong value
   */
  static Settings of(Map<String, String> environment) {
    Path home = path(environment, "FLINK_HOME", "/opt/flink");
    Path configuration = path(environment, "FLINK_CONF_DIR", home.resolve("conf").toString());
    if (!Files.isReadable(configuration.resolve("config.yaml"))) {
      throw new LaunchException(
          "HR-LAUNCH-002",
          configuration.resolve("config.yaml").toString(),
          "cannot be read",
          "mount Flink's configuration, or name its directory in FLINK_CONF_DIR");
    }
    Path certificates = path(environment, "HEADRACE_TLS_DIR", "/etc/headrace/tls");
    boolean tls = Files.isDirectory(certificates);
    if (!tls && flag(environment, "HEADRACE_REQUIRE_TLS")) {
      throw new LaunchException(
          "HR-LAUNCH-003",
          certificates.toString(),
          "is not there, and HEADRACE_REQUIRE_TLS=true",
          "mount ca.crt, tls.crt and tls.key there");
    }
    return new Settings(
        home,
        configuration,
        certificates,
        path(environment, "HEADRACE_RUN_DIR", "/tmp/headrace"),
        tls,
        seconds(environment, "HEADRACE_TLS_RESTART_SECONDS", 600),
        environment.getOrDefault("POD_NAME", environment.getOrDefault("HOSTNAME", "flink")));
  }

  private static Path path(Map<String, String> environment, String name, String otherwise) {
    String value = environment.getOrDefault(name, "");
    return Path.of(value.isEmpty() ? otherwise : value).toAbsolutePath();
  }

  private static boolean flag(Map<String, String> environment, String name) {
    String value = environment.getOrDefault(name, "false");
    if (value.equals("true") || value.equals("false")) {
      return value.equals("true");
    }
    throw new LaunchException("HR-LAUNCH-006", name, "is \"" + value + "\"", "true or false");
  }

  private static Duration seconds(Map<String, String> environment, String name, int otherwise) {
    String value = environment.getOrDefault(name, String.valueOf(otherwise));
    if (value.matches("[1-9][0-9]{0,6}")) {
      return Duration.ofSeconds(Long.parseLong(value));
    }
    throw new LaunchException(
        "HR-LAUNCH-006", name, "is \"" + value + "\"", "a whole number of seconds, above 0");
  }
}
