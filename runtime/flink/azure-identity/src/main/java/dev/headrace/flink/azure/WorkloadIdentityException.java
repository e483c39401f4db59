package dev.headrace.flink.azure;

import java.io.IOException;

/**
 * Why no access token could be had. Its message begins with a stable code ({@code HR-AZUREID-001}
 * and so on) and never holds a token.
 */
public final class WorkloadIdentityException extends IOException {
  private static final long serialVersionUID = 1L;

  private final String code;

  WorkloadIdentityException(String code, String message) {
    this(code, message, null);
  }

  WorkloadIdentityException(String code, String message, Throwable cause) {
    super(code + ": " + message, cause);
    this.code = code;
  }

  /** The stable code, for example {@code HR-AZUREID-001}. */
  public String code() {
    return code;
  }
}
