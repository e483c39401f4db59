package dev.headrace.flink.launch;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.Key;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/** A certificate authority made with the JDK's keytool. */
final class TestAuthority {
  private static final String PASSWORD = "changeit";

  private final Path store;

  private TestAuthority(Path store) {
    this.store = store;
  }

  static TestAuthority create(Path directory, String name) throws Exception {
    Path store = Files.createDirectories(directory).resolve(name + ".p12");
    keytool(
        store,
        "-genkeypair",
        "-alias",
        "ca",
        "-keyalg",
        "EC",
        "-groupname",
        "secp256r1",
        "-dname",
        "CN=" + name,
        "-ext",
        "bc:c");
    return new TestAuthority(store);
  }

  /** Writes ca.crt, tls.crt and tls.key. The algorithm is one of keytool: EC or RSA. */
  Path issue(Path directory, String algorithm) throws Exception {
    Files.createDirectories(directory);
    Path own = directory.resolve("own.p12");
    Files.deleteIfExists(own);
    List<String> generate =
        new ArrayList<>(
            List.of("-genkeypair", "-alias", "own", "-keyalg", algorithm, "-dname", "CN=flink"));
    generate.addAll(
        algorithm.equals("EC") ? List.of("-groupname", "secp256r1") : List.of("-keysize", "2048"));
    keytool(own, generate.toArray(new String[0]));
    Path request = directory.resolve("request");
    keytool(own, "-certreq", "-alias", "own", "-file", request.toString());
    Path signed = directory.resolve("tls.crt");
    keytool(
        store,
        "-gencert",
        "-rfc",
        "-alias",
        "ca",
        "-validity",
        "30",
        "-infile",
        request.toString(),
        "-outfile",
        signed.toString());
    keytool(
        store,
        "-exportcert",
        "-rfc",
        "-alias",
        "ca",
        "-file",
        directory.resolve("ca.crt").toString());
    KeyStore keys = KeyStore.getInstance(own.toFile(), PASSWORD.toCharArray());
    Key key = keys.getKey("own", PASSWORD.toCharArray());
    Files.writeString(directory.resolve("tls.key"), pem("PRIVATE KEY", key.getEncoded()));
    return directory;
  }

  static String pem(String type, byte[] der) {
    byte[] newline = "\n".getBytes(StandardCharsets.US_ASCII);
    return "-----BEGIN "
        + type
        + "-----\n"
        + Base64.getMimeEncoder(64, newline).encodeToString(der)
        + "\n-----END "
        + type
        + "-----\n";
  }

  private static void keytool(Path store, String... arguments)
      throws IOException, InterruptedException {
    List<String> command =
        new ArrayList<>(
            List.of(Path.of(System.getProperty("java.home"), "bin", "keytool").toString()));
    command.addAll(List.of(arguments));
    command.addAll(
        List.of("-keystore", store.toString(), "-storetype", "PKCS12", "-storepass", PASSWORD));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.waitFor() != 0) {
      throw new IOException(printed);
    }
  }
}
