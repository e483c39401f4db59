package dev.headrace.flink.launch;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.lang.reflect.InvocationTargetException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Flink's own program that its launch scripts ask, four JVMs one after another; here in this one.
 * It knows how a configuration is read and how a process divides its memory.
 */
final class FlinkCalculator {
  private static final String PROGRAM = "org.apache.flink.runtime.util.bash.BashJavaUtils";
  private static final String ANSWER = "BASH_JAVA_UTILS_EXEC_RESULT:";

  private final Path configuration;
  private final List<String> options;

  /** The directory of config.yaml, and the options of the command line. */
  FlinkCalculator(Path configuration, List<String> options) {
    this.configuration = configuration;
    this.options = options;
  }

  /** The configuration with the options laid over it, flat. */
  Map<String, String> configuration() {
    Map<String, String> found = new LinkedHashMap<>();
    for (String line : ask("UPDATE_AND_GET_FLINK_CONFIGURATION", List.of("-flatten"))) {
      int colon = line.indexOf(": ");
      if (colon > 0) {
        found.put(line.substring(0, colon).strip(), unquoted(line.substring(colon + 2).strip()));
      }
    }
    return found;
  }

  /** Arguments of the JVM, and options of Flink that say the same. */
  record Sizes(List<String> jvm, List<String> options) {}

  Sizes sizes(Role role) {
    List<String> answer = ask(role.sizes, List.of());
    return new Sizes(words(answer.get(answer.size() - 2)), words(answer.get(answer.size() - 1)));
  }

  private List<String> ask(String command, List<String> more) {
    List<String> arguments =
        new ArrayList<>(List.of(command, "--configDir", configuration.toString()));
    arguments.addAll(options);
    arguments.addAll(more);
    PrintStream console = System.out;
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
    try {
      Class.forName(PROGRAM)
          .getMethod("main", String[].class)
          .invoke(null, (Object) arguments.toArray(new String[0]));
    } catch (ReflectiveOperationException e) {
      Throwable cause =
          e instanceof InvocationTargetException && e.getCause() != null ? e.getCause() : e;
      throw new LaunchException(
          "HR-LAUNCH-007",
          configuration.resolve("config.yaml").toString(),
          "Flink refuses it: " + message(cause),
          "mend the value, or the option on the command line",
          e);
    } finally {
      System.setOut(console);
    }
    List<String> answer =
        printed
            .toString(StandardCharsets.UTF_8)
            .lines()
            .filter(line -> line.startsWith(ANSWER))
            .map(line -> line.substring(ANSWER.length()))
            .toList();
    return answer;
  }

  private static String message(Throwable cause) {
    Throwable root = cause;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return root.getClass().getSimpleName() + ": " + root.getMessage();
  }

  private static String unquoted(String value) {
    boolean quoted =
        value.length() > 1
            && (value.startsWith("'") && value.endsWith("'")
                || value.startsWith("\"") && value.endsWith("\""));
    return quoted ? value.substring(1, value.length() - 1) : value;
  }

  private static List<String> words(String line) {
    return Arrays.stream(line.split(" ")).filter(word -> !word.isEmpty()).toList();
  }
}
