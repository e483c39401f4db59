package dev.headrace.flink.azure;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.hadoop.fs.azurebfs.extensions.CustomTokenProviderAdaptee;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Flink's real driver, loaded as a plugin in a process of its own, against a token endpoint and a
 * storage service on the loopback interface: the keys pass Flink's configuration, the class is
 * found in the plugin's folder, and the token gets into the request.
 */
@Timeout(90)
class AbfsPluginTest {
  private static final String PROVIDER = "dev.headrace.flink.azure.WorkloadIdentityTokenProvider";

  @TempDir Path folder;
  private Path plugin;

  @BeforeEach
  void installThePlugins() throws IOException {
    plugin = Files.createDirectories(folder.resolve("plugins/azure-fs-hadoop"));
    Path driver = location(CustomTokenProviderAdaptee.class);
    Files.copy(driver, plugin.resolve(driver.getFileName()));
    jar(
        location(WorkloadIdentityTokenProvider.class),
        plugin.resolve("headrace-azure-identity.jar"));
    Files.writeString(folder.resolve("token"), "pod-token-1");
  }

  @Test
  void theDriverInsideFlinkSendsTheAccessTokenThatThePodsTokenWasExchangedFor() throws Exception {
    List<String> authorizations = Collections.synchronizedList(new ArrayList<>());
    try (FakeEntra entra = new FakeEntra()) {
      entra.grants("access-1", 3600);
      entra
          .server()
          .createContext(
              "/state/checkpoints/_metadata",
              exchange -> {
                authorizations.add(
                    exchange.getRequestMethod()
                        + " "
                        + exchange.getRequestHeaders().getFirst("Authorization"));
                exchange.getResponseHeaders().set("x-ms-resource-type", "file");
                exchange.getResponseHeaders().set("Last-Modified", "Thu, 01 Jan 2026 00:00:00 GMT");
                exchange.getResponseHeaders().set("Content-Length", "42");
                exchange.sendResponseHeaders(200, -1);
                exchange.close();
              });
      Run run = probe(entra, environment(entra));
      assertThat(run.output()).isEqualTo("{length=42}");
      assertThat(authorizations).isNotEmpty().allMatch("HEAD Bearer access-1"::equals);
      assertThat(entra.asked).hasSize(1);
      assertThat(entra.asked.get(0)).containsEntry("client_assertion", "pod-token-1");
    }
  }

  @Test
  void aPodWithoutTheWebhooksVariablesIsToldSoByTheDriver() throws Exception {
    try (FakeEntra entra = new FakeEntra()) {
      Run run = probe(entra, Map.of());
      assertThat(run.exit()).isNotZero();
      assertThat(run.output())
          .contains("HR-AZUREID-001: missing in the environment: AZURE_CLIENT_ID");
    }
  }

  @Test
  void aRefusalReachesTheUserAndIsNotRepeatedByTheDriver() throws Exception {
    try (FakeEntra entra = new FakeEntra()) {
      entra.refuses("AADSTS700016: Application was not found");
      Run run = probe(entra, environment(entra));
      assertThat(run.exit()).isNotZero();
      assertThat(run.output())
          .contains("HR-AZUREID-004", "AADSTS700016")
          .doesNotContain("pod-token-1");
      assertThat(entra.asked).hasSize(1);
    }
  }

  private Map<String, String> environment(FakeEntra entra) {
    return Map.of(
        "AZURE_CLIENT_ID",
        "client-1",
        "AZURE_TENANT_ID",
        FakeEntra.TENANT,
        "AZURE_FEDERATED_TOKEN_FILE",
        folder.resolve("token").toString(),
        "AZURE_AUTHORITY_HOST",
        entra.authority());
  }

  private record Run(int exit, String output) {}

  private Run probe(FakeEntra entra, Map<String, String> environment) throws Exception {
    String account = "127.0.0.1:" + entra.server().getAddress().getPort();
    // The driver and the provider must come from the plugins folder alone.
    String classPath =
        Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
            .filter(entry -> !entry.equals(location(CustomTokenProviderAdaptee.class).toString()))
            .filter(
                entry -> !entry.equals(location(WorkloadIdentityTokenProvider.class).toString()))
            .collect(Collectors.joining(File.pathSeparator));
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-cp",
                classPath,
                AbfsProbe.class.getName(),
                plugin.getParent().toString(),
                "abfs://state@" + account + "/checkpoints/_metadata",
                "fs.azure.account.auth.type=Custom",
                "fs.azure.account.oauth.provider.type=" + PROVIDER,
                "fs.azure.custom.token.fetch.retry.count=0",
                // Plain http and no question for the account's kind: there is no account behind the
                // loopback address.
                "fs.azure.always.use.https=false",
                "fs.azure.account.hns.enabled=false",
                "fs.azure.io.retry.max.retries=0"));
    Path output = folder.resolve("output");
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile());
    builder
        .environment()
        .keySet()
        .removeIf(name -> name.startsWith("AZURE_") || name.equals("JAVA_TOOL_OPTIONS"));
    builder.environment().putAll(environment);
    Process process = builder.start();
    try {
      assertThat(process.waitFor(60, TimeUnit.SECONDS)).as("the probe ended").isTrue();
      return new Run(process.exitValue(), Files.readString(output, UTF_8).strip());
    } finally {
      process.destroyForcibly();
    }
  }

  private static Path location(Class<?> type) {
    return Path.of(type.getProtectionDomain().getCodeSource().getLocation().getPath());
  }

  private static void jar(Path classes, Path target) throws IOException {
    try (OutputStream file = Files.newOutputStream(target);
        JarOutputStream jar = new JarOutputStream(file);
        Stream<Path> entries = Files.walk(classes)) {
      for (Path entry : entries.filter(Files::isRegularFile).toList()) {
        jar.putNextEntry(new JarEntry(classes.relativize(entry).toString()));
        Files.copy(entry, jar);
        jar.closeEntry();
      }
    }
  }
}
