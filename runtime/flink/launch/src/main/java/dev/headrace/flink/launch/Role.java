package dev.headrace.flink.launch;

import java.util.Arrays;
import java.util.Locale;

/** The kinds of process that a cluster has. */
enum Role {
  JOBMANAGER(
      "GET_JM_RESOURCE_PARAMS",
      "org.apache.flink.runtime.entrypoint.StandaloneSessionClusterEntrypoint"),
  TASKMANAGER("GET_TM_RESOURCE_PARAMS", "org.apache.flink.runtime.taskexecutor.TaskManagerRunner");

  /** What Flink's calculator of memory is asked. */
  final String sizes;

  final String mainClass;

  Role(String sizes, String mainClass) {
    this.sizes = sizes;
    this.mainClass = mainClass;
  }

  /** The name on the command line, and in Flink's keys. */
  String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  static Role of(String word) {
    return Arrays.stream(values())
        .filter(role -> role.word().equals(word))
        .findFirst()
        .orElseThrow(
            () ->
                new LaunchException(
                    "HR-LAUNCH-001",
                    "argument " + word,
                    "is no process of Flink",
                    "jobmanager or taskmanager"));
  }
}
