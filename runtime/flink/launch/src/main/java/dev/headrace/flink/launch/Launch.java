package dev.headrace.flink.launch;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Prepares a process of Flink: writes, below HEADRACE_RUN_DIR, conf/ (the mounted configuration and
 * TLS), tls/ (stores) and java.args (the JVM's arguments). flink-process then starts Java with
 * them. Arguments: this jar, jobmanager or taskmanager, Flink's options.
 */
public final class Launch {
  private static final String RESOURCE_ID = "taskmanager.resource-id";

  private Launch() {}

  public static void main(String[] arguments) {
    try {
      if (arguments.length < 2) {
        throw new LaunchException(
            "HR-LAUNCH-001",
            "arguments",
            "name no process",
            "flink-process jobmanager|taskmanager [options]");
      }
      prepare(
          Path.of(arguments[0]).toAbsolutePath(),
          Role.of(arguments[1]),
          List.of(arguments).subList(2, arguments.length),
          Settings.of(System.getenv()));
    } catch (LaunchException e) {
      System.err.println(e.getMessage());
      System.exit(1);
    } catch (IOException e) {
      System.err.println(
          "HR-LAUNCH-005 "
              + e
              + ": cannot be written (mount a writable /tmp, or set HEADRACE_RUN_DIR)");
      System.exit(1);
    }
  }

  private static void prepare(Path jar, Role role, List<String> options, Settings settings)
      throws IOException {
    Path run = PrivateFiles.directory(settings.run());
    Path conf = PrivateFiles.directory(run.resolve("conf"));
    copy(settings.configuration(), conf);
    Map<String, String> given = new FlinkCalculator(conf, options).configuration();

    JavaArguments java = new JavaArguments();
    if (settings.tls()) {
      Path tls = PrivateFiles.directory(run.resolve("tls"));
      // Checked where they are mounted, for messages with that path.
      Identity.read(settings.certificates());
      for (String file : Identity.FILES) {
        PrivateFiles.write(
            tls.resolve(file), Files.readString(settings.certificates().resolve(file)));
      }
      Path keyStore = tls.resolve("key.p12");
      Path trustStore = tls.resolve("trust.p12");
      String password = Tls.password();
      // The copies, so that the watch compares with what this process really has.
      Identity.read(tls).write(keyStore, trustStore, password.toCharArray());
      append(conf.resolve("config.yaml"), Tls.configuration(given, keyStore, trustStore, password));
      java.add(Tls.ANY_NAME);
      java.add("-javaagent:" + jar + "=" + CertificateWatch.arguments(settings, role, tls));
    }

    FlinkCalculator.Sizes sizes = new FlinkCalculator(conf, options).sizes(role);
    java.add("-XX:+IgnoreUnrecognizedVMOptions");
    java.addAll(sizes.jvm());
    List<String> own = new ArrayList<>();
    for (String scope : List.of("all", role.word())) {
      own.addAll(words(given.get("env.java.default-opts." + scope)));
      own.addAll(words(given.get("env.java.opts." + scope)));
    }
    java.addAll(own);
    classArchive(jar, role, own).ifPresent(java::add);
    // Pods move, and an address that is kept for long is one that nobody answers.
    Path security = run.resolve("java.security");
    PrivateFiles.write(
        security, "networkaddress.cache.ttl=5\nnetworkaddress.cache.negative.ttl=1\n");
    java.addUnless(own, "-Djava.security.properties=", security.toString());
    java.add("-Dlog.file=" + run.resolve("log").resolve("flink-" + role.word() + ".log"));
    java.add("-Dlog4j.configurationFile=file:" + conf.resolve("log4j-console.properties"));
    java.add("-cp", classPath(settings.flinkHome().resolve("lib")));
    java.add(role.mainClass, "--configDir", conf.toString());
    java.addAll(sizes.options());
    java.addAll(role == Role.TASKMANAGER ? incarnation(given, options) : options);
    PrivateFiles.write(run.resolve("java.args"), java.text());
  }

  /**
   * The option for the classes that were archived while the image was built: mapped, they need not
   * be read, checked and linked again. Java itself goes without an archive of another Java or other
   * jars.
   */
  static Optional<String> classArchive(Path jar, Role role, List<String> given) {
    Path archive = jar.resolveSibling("../classes/" + role.word() + ".jsa").normalize();
    boolean chosen =
        given.stream()
            .anyMatch(
                option ->
                    option.startsWith("-XX:SharedArchiveFile=")
                        || option.startsWith("-XX:ArchiveClassesAtExit="));
    return chosen || !Files.isReadable(archive)
        ? Optional.empty()
        : Optional.of("-XX:SharedArchiveFile=" + archive);
  }

  /**
   * The options with a name of its own for this start, where name and working directory outlive a
   * process.
   */
  private static List<String> incarnation(Map<String, String> given, List<String> options) {
    String name = given.get(RESOURCE_ID);
    String directory =
        given.getOrDefault("process.taskmanager.working-dir", given.get("process.working-dir"));
    if (name == null || directory == null) {
      return options;
    }
    List<String> changed = new ArrayList<>();
    for (String option : options) {
      boolean old =
          option.startsWith(RESOURCE_ID + "=") || option.startsWith("-D" + RESOURCE_ID + "=");
      if (!old) {
        changed.add(option);
      } else if (!option.startsWith("-D")) {
        changed.remove(changed.size() - 1);
      }
    }
    changed.addAll(List.of("-D", RESOURCE_ID + "=" + Incarnation.next(Path.of(directory), name)));
    return changed;
  }

  private static void copy(Path from, Path to) throws IOException {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(from, Files::isRegularFile)) {
      for (Path file : files) {
        PrivateFiles.write(to.resolve(file.getFileName()), Files.readString(file));
      }
    }
  }

  private static void append(Path file, Map<String, String> keys) throws IOException {
    StringBuilder text = new StringBuilder(Files.readString(file));
    if (text.length() > 0 && text.charAt(text.length() - 1) != '\n') {
      text.append('\n');
    }
    keys.forEach((key, value) -> text.append(key).append(": \"").append(value).append("\"\n"));
    PrivateFiles.write(file, text.toString());
  }

  /** All of lib/, flink-dist last as in Flink's own scripts. */
  private static String classPath(Path lib) throws IOException {
    List<String> jars = new ArrayList<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(lib, "*.jar")) {
      files.forEach(file -> jars.add(file.toString()));
    }
    jars.sort(
        (a, b) ->
            Boolean.compare(a.contains("flink-dist"), b.contains("flink-dist")) * 2
                + Integer.signum(a.compareTo(b)));
    return String.join(":", jars);
  }

  private static List<String> words(String line) {
    return line == null
        ? List.of()
        : Arrays.stream(line.trim().split("\\s+")).filter(word -> !word.isEmpty()).toList();
  }
}
