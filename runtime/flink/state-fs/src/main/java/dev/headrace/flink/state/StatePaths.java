package dev.headrace.flink.state;

import java.util.regex.Pattern;
import org.apache.flink.core.fs.Path;

/**
 * The mapping between logical and physical paths: {@code state://checkpoints/job} and {@code
 * <root>/checkpoints/job}. The authority of a logical path is the first folder below the root.
 */
final class StatePaths {
  // A folder's name in every object store, and nothing that URIs give another meaning (user, port,
  // escapes).
  private static final Pattern AREA = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]*");

  private final StateRoot root;
  private final String area;

  /**
   * @param area the authority that a path without a scheme belongs to
   * @throws StateFsException HR-STATEFS-004
   */
  StatePaths(StateRoot root, String area) throws StateFsException {
    this.root = root;
    this.area = checkArea(area, "state:///");
  }

  StateRoot root() {
    return root;
  }

  /** The logical root of this file system, {@code state://checkpoints/}. */
  Path base() {
    return new Path(StateFileSystemFactory.SCHEME, area, "/");
  }

  /**
   * The physical path of a logical one.
   *
   * @throws StateFsException HR-STATEFS-004 for a path of another scheme or without a usable
   *     authority, HR-STATEFS-005 for one that leaves the root.
   */
  Path toPhysical(Path logical) throws StateFsException {
    String scheme = logical.toUri().getScheme();
    if (scheme != null && !scheme.equals(StateFileSystemFactory.SCHEME)) {
      throw new StateFsException("HR-STATEFS-004", logical + " is no state:// path");
    }
    String folder =
        scheme == null ? area : checkArea(logical.toUri().getAuthority(), logical.toString());
    String path = logical.toUri().getPath();
    StringBuilder below = new StringBuilder(root.path()).append('/').append(folder);
    for (String segment : path.split("/")) {
      // Flink normalizes a path that it parsed, but not one made of a URI with escaped dots.
      if (segment.equals("..")) {
        throw new StateFsException(
            "HR-STATEFS-005", logical + " leaves the root of state://: '..' is not allowed");
      }
      if (!segment.isEmpty() && !segment.equals(".")) {
        below.append('/').append(segment);
      }
    }
    return new Path(root.uri().getScheme(), root.uri().getAuthority(), below.toString());
  }

  /**
   * The logical path of a physical one that the root's file system returned.
   *
   * @throws StateFsException HR-STATEFS-006 for a path outside the root.
   */
  Path toLogical(Path physical) throws StateFsException {
    String path = physical.toUri().getPath();
    String base = root.path() + "/";
    String below = path.startsWith(base) ? path.substring(base.length()) : "";
    int slash = below.indexOf('/');
    String folder = slash < 0 ? below : below.substring(0, slash);
    if (!AREA.matcher(folder).matches()) {
      throw new StateFsException(
          "HR-STATEFS-006",
          "the file system of the root returned " + physical + ", which is outside " + root);
    }
    return new Path(
        StateFileSystemFactory.SCHEME, folder, slash < 0 ? "/" : below.substring(slash));
  }

  private static String checkArea(String area, String path) throws StateFsException {
    if (area == null || !AREA.matcher(area).matches()) {
      throw new StateFsException(
          "HR-STATEFS-004",
          path
              + " needs a name of letters, digits, '.', '_' and '-' behind state://, for example"
              + " state://checkpoints/job");
    }
    return area;
  }
}
