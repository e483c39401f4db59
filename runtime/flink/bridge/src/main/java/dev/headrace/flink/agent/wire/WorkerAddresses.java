package dev.headrace.flink.agent.wire;

import java.io.Serializable;
import java.util.List;

/**
 * Where workers are to be found.
 *
 * @param targets {@code host:port}; every address that a host name resolves to is a worker
 * @param tlsDirectory holds ca.crt, tls.crt and tls.key (PEM); null: plain text, for development on
 *     one machine
 * @param serverName name that a worker's certificate must bear; null: the host of its target
 */
public record WorkerAddresses(List<String> targets, String tlsDirectory, String serverName)
    implements Serializable {

  /** A target's host, without the brackets of an IPv6 address. */
  static String host(String target) {
    String host = target.substring(0, target.lastIndexOf(':'));
    return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
  }

  static int port(String target) {
    return Integer.parseInt(target.substring(target.lastIndexOf(':') + 1));
  }
}
