package dev.headrace.flink.state;

import java.io.IOException;

/**
 * A refusal of the {@code state://} file system. Its message begins with a stable code ({@code
 * HR-STATEFS-001} and so on) and names the value received and the mend.
 */
public final class StateFsException extends IOException {
  private static final long serialVersionUID = 1L;

  private final String code;

  StateFsException(String code, String message) {
    this(code, message, null);
  }

  StateFsException(String code, String message, Throwable cause) {
    super(code + ": " + message, cause);
    this.code = code;
  }

  /** The stable code, for example {@code HR-STATEFS-001}. */
  public String code() {
    return code;
  }
}
