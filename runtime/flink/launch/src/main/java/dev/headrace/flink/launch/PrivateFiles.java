package dev.headrace.flink.launch;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/** Files that this user alone may read. */
final class PrivateFiles {
  private PrivateFiles() {}

  /** Makes an empty file with mode 0600 in the place of any that is there. */
  static void create(Path file) throws IOException {
    Files.deleteIfExists(file);
    Files.createFile(
        file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
  }

  static void write(Path file, String text) throws IOException {
    create(file);
    Files.writeString(file, text);
  }

  /** Makes a directory with mode 0700, with those above it, or takes the one that is there. */
  static Path directory(Path path) throws IOException {
    return Files.createDirectories(
        path, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
  }
}
