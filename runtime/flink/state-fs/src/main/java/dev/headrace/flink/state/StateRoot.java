package dev.headrace.flink.state;

import java.net.URI;
import java.util.List;
import org.apache.flink.core.fs.Path;

/**
 * Where this process keeps what is named {@code state://…}: a place in a file system that Flink
 * knows.
 */
record StateRoot(URI uri) {
  static final String KEY = "headrace.state.root";
  private static final String EXAMPLES =
      "for example s3://bucket/prefix, abfss://container@account.dfs.core.windows.net/prefix,"
          + " gs://bucket/prefix or file:///var/lib/headrace/state";

  /**
   * Reads the configured value.
   *
   * @throws StateFsException HR-STATEFS-001 without a value, HR-STATEFS-002 for one that is no
   *     absolute URI of a place, HR-STATEFS-003 for one inside {@code state://} itself.
   */
  static StateRoot parse(String value) throws StateFsException {
    if (value == null || value.isBlank()) {
      throw new StateFsException(
          "HR-STATEFS-001", "a state:// path needs the configuration key " + KEY + ", " + EXAMPLES);
    }
    URI uri = toUri(value.strip());
    if (uri.getScheme() == null) {
      throw malformed(value, "it has no scheme");
    }
    String scheme = uri.getScheme();
    if (StateFileSystemFactory.SCHEME.equalsIgnoreCase(scheme)) {
      throw new StateFsException(
          "HR-STATEFS-003",
          KEY + " is " + value + ": a root of state:// cannot lie inside state://; " + EXAMPLES);
    }
    if (scheme.equals("file") && uri.getAuthority() != null) {
      // file://var/state means the directory /state of the host "var"; three slashes were meant.
      throw malformed(value, "a file root needs three slashes");
    }
    if (!scheme.equals("file") && uri.getAuthority() == null) {
      throw malformed(value, "it names no bucket, container or host");
    }
    if (List.of(uri.getPath().split("/")).contains("..")) {
      throw malformed(value, "it contains '..'");
    }
    return new StateRoot(uri);
  }

  /** The root's path without a slash at its end; empty for a whole bucket. */
  String path() {
    return uri.getPath().replaceAll("/+$", "");
  }

  private static URI toUri(String value) throws StateFsException {
    try {
      // Flink's own parser: it takes blanks and percent signs as they are written, as for every
      // other path in a configuration.
      return new Path(value).toUri();
    } catch (IllegalArgumentException e) {
      throw new StateFsException("HR-STATEFS-002", describe(value, e.getMessage()), e);
    }
  }

  private static StateFsException malformed(String value, String why) {
    return new StateFsException("HR-STATEFS-002", describe(value, why));
  }

  private static String describe(String value, String why) {
    return KEY
        + " is '"
        + value
        + "', which is no absolute URI of a place: "
        + why
        + "; "
        + EXAMPLES;
  }

  @Override
  public String toString() {
    return uri.toString();
  }
}
