package dev.headrace.flink.launch;

import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Flink's keys for traffic that both sides authenticate. Names and values are those of Flink 2.3.
 */
final class Tls {
  /** Keys that a configuration may bring along; all others of security.ssl are this class's. */
  private static final Set<String> FREE =
      Set.of(
          "security.ssl.protocol", "security.ssl.algorithms", "security.ssl.rest.verify-hostname");

  private static final String PROTOCOL = "TLSv1.3";
  private static final String ALGORITHMS = "TLS_AES_256_GCM_SHA384,TLS_AES_128_GCM_SHA256";

  /**
   * Flink's internal connections mean one certificate for all, but Netty 4.2 checks names by
   * default and Flink 2.3 has a key against that for REST alone: TaskManagers would refuse each
   * other's data, since the name is whatever the reverse look-up of a pod's address gives.
   */
  static final String ANY_NAME =
      "-Dorg.apache.flink.shaded.netty4.io.netty.handler.ssl.defaultEndpointVerificationAlgorithm=NONE";

  private Tls() {}

  /** A password for stores that live as long as the process. */
  static String password() {
    byte[] random = new byte[24];
    new SecureRandom().nextBytes(random);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(random);
  }

  /**
   * What config.yaml gets.
   *
   * @param given the mounted configuration
   * @throws LaunchException HR-LAUNCH-009 when it says something else about TLS
   */
  static Map<String, String> configuration(
      Map<String, String> given, Path keyStore, Path trustStore, String password) {
    List<String> foreign =
        given.keySet().stream()
            .filter(key -> key.startsWith("security.ssl.") && !FREE.contains(key))
            .sorted()
            .toList();
    if (!foreign.isEmpty()) {
      throw new LaunchException(
          "HR-LAUNCH-009",
          "config.yaml",
          "sets " + String.join(", ", foreign) + " beside mounted certificates",
          "remove them; the certificates say it all");
    }
    Map<String, String> keys = new LinkedHashMap<>();
    if (!given.containsKey("security.ssl.protocol")
        && !given.containsKey("security.ssl.algorithms")) {
      keys.put("security.ssl.protocol", PROTOCOL);
      keys.put("security.ssl.algorithms", ALGORITHMS);
    }
    keys.put("security.ssl.internal.enabled", "true");
    keys.put("security.ssl.rest.enabled", "true");
    keys.put("security.ssl.rest.authentication-enabled", "true");
    for (String side : List.of("internal", "rest")) {
      String prefix = "security.ssl." + side + ".";
      keys.put(prefix + "keystore", keyStore.toString());
      keys.put(prefix + "keystore-type", "PKCS12");
      keys.put(prefix + "keystore-password", password);
      keys.put(prefix + "key-password", password);
      keys.put(prefix + "truststore", trustStore.toString());
      keys.put(prefix + "truststore-type", "PKCS12");
      keys.put(prefix + "truststore-password", password);
    }
    return keys;
  }
}
