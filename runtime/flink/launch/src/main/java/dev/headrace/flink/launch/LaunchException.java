package dev.headrace.flink.launch;

/** A process of Flink cannot be started as asked. The message begins with a code, HR-LAUNCH-…. */
public final class LaunchException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  LaunchException(String code, String place, String problem, String mend, Throwable cause) {
    super(code + " " + place + ": " + problem + (mend == null ? "" : " (" + mend + ")"), cause);
  }

  LaunchException(String code, String place, String problem, String mend) {
    this(code, place, problem, mend, null);
  }
}
