package dev.headrace.flink.launch;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * A TaskManager's name for each of its starts: the stable name and a number that grows. A process
 * that comes back under the same name and address takes over the failed calls that were meant for
 * the one before, and is dropped for them.
 *
 * <p>Flink keeps local state in a folder of the name, so the folder moves along.
 */
final class Incarnation {
  private static final String FOLDER = "tm_";

  private Incarnation() {}

  /**
   * Takes the next name and moves the newest folder of an earlier one to it; older folders go.
   *
   * @param workingDirectory process.taskmanager.working-dir
   * @param name taskmanager.resource-id
   * @throws LaunchException HR-LAUNCH-008 when the directory cannot be written
   */
  static String next(Path workingDirectory, String name) {
    Path counter = workingDirectory.resolve("headrace-starts-" + name);
    try {
      Files.createDirectories(workingDirectory);
      long last = Files.exists(counter) ? number(Files.readString(counter).strip()) : 0;
      List<Path> folders = folders(workingDirectory, name);
      for (Path folder : folders) {
        last = Math.max(last, numberOf(folder, name));
      }
      String next = name + "-" + (last + 1);
      Path target = workingDirectory.resolve(FOLDER + next);
      for (Path folder : folders) {
        if (numberOf(folder, name)
            == folders.stream().mapToLong(one -> numberOf(one, name)).max().orElse(0)) {
          Files.move(folder, target);
        } else {
          delete(folder);
        }
      }
      Files.writeString(counter, String.valueOf(last + 1));
      return next;
    } catch (IOException e) {
      throw new LaunchException(
          "HR-LAUNCH-008",
          workingDirectory.toString(),
          "cannot be written: " + e.getMessage(),
          "mount a volume there that this user may write",
          e);
    }
  }

  private static List<Path> folders(Path directory, String name) throws IOException {
    try (Stream<Path> entries = Files.list(directory)) {
      return entries.filter(Files::isDirectory).filter(path -> numberOf(path, name) >= 0).toList();
    }
  }

  /**
   * The number in a folder's name; 0 for the stable name itself, -1 for a folder of another
   * process.
   */
  private static long numberOf(Path folder, String name) {
    String own = FOLDER + name;
    String file = folder.getFileName().toString();
    if (file.equals(own)) {
      return 0;
    }
    return file.startsWith(own + "-") ? number(file.substring(own.length() + 1)) : -1;
  }

  private static long number(String text) {
    return text.matches("[0-9]{1,15}") ? Long.parseLong(text) : -1;
  }

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> entries = Files.walk(folder)) {
      for (Path path : entries.sorted((a, b) -> b.compareTo(a)).toList()) {
        Files.delete(path);
      }
    }
  }
}
