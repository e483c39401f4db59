package dev.headrace.flink.launch;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** An argument file for {@code java @file}: the form is that of the java command. */
final class JavaArguments {
  private final List<String> arguments = new ArrayList<>();

  void add(String... more) {
    arguments.addAll(List.of(more));
  }

  void addAll(List<String> more) {
    arguments.addAll(more);
  }

  /** Adds a property unless there is one of the same name. */
  void addUnless(List<String> given, String property, String value) {
    if (given.stream().noneMatch(argument -> argument.startsWith(property))) {
      arguments.add(property + value);
    }
  }

  String text() {
    return arguments.stream()
        .map(argument -> '"' + argument.replace("\\", "\\\\").replace("\"", "\\\"") + '"')
        .collect(Collectors.joining("\n", "", "\n"));
  }
}
