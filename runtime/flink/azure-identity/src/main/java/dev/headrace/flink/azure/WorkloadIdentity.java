package dev.headrace.flink.azure;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Who this pod is, as the webhook of Azure workload identity tells it by environment variables.
 *
 * @param tokenEndpoint where the pod's token is exchanged, of the form {@code
 *     <authority>/<tenant>/oauth2/v2.0/token}
 */
record WorkloadIdentity(String clientId, Path tokenFile, URI tokenEndpoint) {
  private static final String CLIENT = "AZURE_CLIENT_ID";
  private static final String TENANT = "AZURE_TENANT_ID";
  private static final String TOKEN_FILE = "AZURE_FEDERATED_TOKEN_FILE";
  private static final String AUTHORITY = "AZURE_AUTHORITY_HOST";
  // What the Azure SDKs take when the variable is absent.
  private static final String PUBLIC_CLOUD = "https://login.microsoftonline.com/";
  // An id or a domain name: nothing that could change the path of the endpoint.
  private static final Pattern TENANT_NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9.-]*");

  /**
   * @throws WorkloadIdentityException HR-AZUREID-001 for missing variables, HR-AZUREID-002 for a
   *     malformed one.
   */
  static WorkloadIdentity from(Map<String, String> environment) throws WorkloadIdentityException {
    List<String> missing =
        List.of(CLIENT, TENANT, TOKEN_FILE).stream()
            .filter(name -> environment.getOrDefault(name, "").isBlank())
            .toList();
    if (!missing.isEmpty()) {
      throw new WorkloadIdentityException(
          "HR-AZUREID-001",
          "missing in the environment: "
              + String.join(", ", missing)
              + ". The webhook of Azure workload identity sets them for a pod with the label"
              + " azure.workload.identity/use: \"true\" and a service account with the annotation"
              + " azure.workload.identity/client-id");
    }
    String tenant = environment.get(TENANT).strip();
    if (!TENANT_NAME.matcher(tenant).matches()) {
      throw new WorkloadIdentityException(
          "HR-AZUREID-002",
          TENANT + " is '" + tenant + "', which is no tenant's id or domain name");
    }
    return new WorkloadIdentity(
        environment.get(CLIENT).strip(),
        tokenFile(environment.get(TOKEN_FILE)),
        endpoint(environment.get(AUTHORITY), tenant));
  }

  /**
   * The pod's own token. Read anew each time: the kubelet replaces the file long before the token
   * in it expires.
   *
   * @throws WorkloadIdentityException HR-AZUREID-003
   */
  String readToken() throws WorkloadIdentityException {
    String token;
    try {
      token = Files.readString(tokenFile).strip();
    } catch (IOException e) {
      throw new WorkloadIdentityException(
          "HR-AZUREID-003",
          "cannot read " + tokenFile + " (" + TOKEN_FILE + "): " + e.getClass().getSimpleName(),
          e);
    }
    if (token.isEmpty()) {
      throw new WorkloadIdentityException(
          "HR-AZUREID-003", tokenFile + " (" + TOKEN_FILE + ") is empty");
    }
    return token;
  }

  private static Path tokenFile(String value) throws WorkloadIdentityException {
    try {
      return Path.of(value.strip());
    } catch (InvalidPathException e) {
      throw new WorkloadIdentityException(
          "HR-AZUREID-002", TOKEN_FILE + " is no path: " + e.getReason(), e);
    }
  }

  private static URI endpoint(String authority, String tenant) throws WorkloadIdentityException {
    String value = authority == null || authority.isBlank() ? PUBLIC_CLOUD : authority.strip();
    URI uri;
    try {
      uri = URI.create(value);
    } catch (IllegalArgumentException e) {
      throw badAuthority(value, e);
    }
    // The request carries the pod's token, so only this machine may be asked in clear text.
    boolean loopback =
        List.of("127.0.0.1", "localhost", "[::1]").contains(String.valueOf(uri.getHost()));
    boolean safe = "https".equals(uri.getScheme()) || ("http".equals(uri.getScheme()) && loopback);
    if (!safe || uri.getHost() == null || uri.getQuery() != null || uri.getFragment() != null) {
      throw badAuthority(value, null);
    }
    return URI.create(value.replaceAll("/+$", "") + "/" + tenant + "/oauth2/v2.0/token");
  }

  private static WorkloadIdentityException badAuthority(String value, Throwable cause) {
    return new WorkloadIdentityException(
        "HR-AZUREID-002",
        AUTHORITY + " is '" + value + "', which is no https address; for example " + PUBLIC_CLOUD,
        cause);
  }
}
