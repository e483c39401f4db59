package dev.headrace.flink.agent.wire;

import io.grpc.Status;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;

/** Says in one line why a worker could not be reached, and what to do about it. */
final class ConnectionFailure {
  private ConnectionFailure() {}

  static String describe(Status status) {
    if (status.getCode() == Status.Code.UNAUTHENTICATED)
      return "it refuses this operator: " + status.getDescription();
    for (Throwable cause = status.getCause(); cause != null; cause = cause.getCause()) {
      if (cause instanceof CertificateExpiredException)
        return "its certificate has expired: %s (renew it; with cert-manager see the Certificate's status)"
            .formatted(cause.getMessage());
      if (cause instanceof CertificateNotYetValidException)
        return "its certificate is not valid yet: %s (compare the clocks)"
            .formatted(cause.getMessage());
      String known = known(String.valueOf(cause.getMessage()));
      if (known != null) return known;
    }
    String known = known(String.valueOf(status.getDescription()));
    if (known != null) return known;
    Throwable root = status.getCause();
    while (root != null && root.getCause() != null) root = root.getCause();
    return status.getDescription() == null && root == null
        ? status.getCode().toString()
        : "%s%s"
            .formatted(
                status.getDescription() == null ? status.getCode() : status.getDescription(),
                root == null ? "" : ": " + root.getMessage());
  }

  private static String known(String message) {
    if (message.contains("unable to find valid certification path")
        || message.contains("Path does not chain"))
      return "its certificate is of another authority (both sides need the same ca.crt)";
    if (message.contains("alert") && message.contains("expired"))
      return "it says that this operator's certificate has expired (renew tls.crt on the Flink"
          + " side)";
    if (message.contains("alert")
        && (message.contains("unknown_ca") || message.contains("bad_certificate")))
      return "it refuses this operator's certificate (both sides need the same ca.crt)";
    if (message.contains("certificate_required"))
      return "it wants a client certificate (set workers.tls)";
    if (message.contains("not an SSL/TLS record"))
      return "it speaks plain text, and this operator TLS (give the worker certificates)";
    if (message.contains("No name matching") || message.contains("No subject alternative"))
      return "its certificate bears another name: %s (set workers.tls.serverName)"
          .formatted(message);
    if (message.contains("Connection refused")) return "connection refused";
    return null;
  }
}
