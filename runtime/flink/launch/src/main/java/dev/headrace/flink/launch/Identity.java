package dev.headrace.flink.launch;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECKey;
import java.util.List;

/** What a process is known by and whom it trusts: the three files that cert-manager mounts. */
record Identity(List<X509Certificate> chain, PrivateKey key, List<X509Certificate> authorities) {
  static final List<String> FILES = List.of("ca.crt", "tls.crt", "tls.key");

  /**
   * Reads a directory.
   *
   * @throws LaunchException HR-LAUNCH-004 when a file is missing or cannot be used, or the key is
   *     not the certificate's
   */
  static Identity read(Path directory) {
    List<X509Certificate> authorities = certificates(directory.resolve(FILES.get(0)));
    List<X509Certificate> chain = certificates(directory.resolve(FILES.get(1)));
    Path keyFile = directory.resolve(FILES.get(2));
    PrivateKey key;
    try {
      key = Pem.privateKey(Files.readString(keyFile));
      if (!belongs(key, chain.get(0).getPublicKey())) {
        throw new GeneralSecurityException("is not the key of tls.crt");
      }
    } catch (IOException | GeneralSecurityException e) {
      throw unusable(keyFile, e);
    }
    return new Identity(chain, key, authorities);
  }

  X509Certificate certificate() {
    return chain.get(0);
  }

  /** Whether one of these authorities signed the other's certificate, or one of its chain. */
  boolean trusts(Identity other) {
    return other.chain.stream()
        .anyMatch(one -> authorities.stream().anyMatch(ca -> signed(ca, one)));
  }

  /** Writes both stores, readable for this user alone. */
  void write(Path keyStore, Path trustStore, char[] password) {
    try {
      KeyStore own = KeyStore.getInstance("PKCS12");
      own.load(null, null);
      own.setKeyEntry("flink", key, password, chain.toArray(new Certificate[0]));
      store(own, keyStore, password);
      KeyStore trusted = KeyStore.getInstance("PKCS12");
      trusted.load(null, null);
      for (int i = 0; i < authorities.size(); i++) {
        trusted.setCertificateEntry("ca-" + i, authorities.get(i));
      }
      store(trusted, trustStore, password);
    } catch (IOException | GeneralSecurityException e) {
      throw new LaunchException(
          "HR-LAUNCH-005", keyStore.getParent().toString(), reason(e), "it must be writable", e);
    }
  }

  private static void store(KeyStore store, Path file, char[] password)
      throws IOException, GeneralSecurityException {
    PrivateFiles.create(file);
    try (OutputStream out = Files.newOutputStream(file)) {
      store.store(out, password);
    }
  }

  private static List<X509Certificate> certificates(Path file) {
    try {
      List<X509Certificate> found = Pem.certificates(Files.readString(file));
      if (found.isEmpty()) {
        throw new GeneralSecurityException("holds no certificate");
      }
      return found;
    } catch (IOException | GeneralSecurityException e) {
      throw unusable(file, e);
    }
  }

  private static boolean belongs(PrivateKey key, PublicKey certified)
      throws GeneralSecurityException {
    if (!key.getAlgorithm().equals(certified.getAlgorithm())) {
      return false;
    }
    byte[] text = {1, 2, 3};
    Signature signature =
        Signature.getInstance(key instanceof ECKey ? "SHA256withECDSA" : "SHA256withRSA");
    signature.initSign(key);
    signature.update(text);
    byte[] signed = signature.sign();
    signature.initVerify(certified);
    signature.update(text);
    return signature.verify(signed);
  }

  private static boolean signed(X509Certificate authority, X509Certificate certificate) {
    try {
      certificate.verify(authority.getPublicKey());
      return true;
    } catch (GeneralSecurityException e) {
      return false;
    }
  }

  private static LaunchException unusable(Path file, Exception cause) {
    return new LaunchException(
        "HR-LAUNCH-004",
        file.toString(),
        reason(cause),
        "mount ca.crt, tls.crt and tls.key as PEM",
        cause);
  }

  private static String reason(Exception cause) {
    return cause instanceof java.nio.file.NoSuchFileException
        ? "is not there"
        : String.valueOf(cause.getMessage());
  }
}
