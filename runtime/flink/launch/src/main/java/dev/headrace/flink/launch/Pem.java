package dev.headrace.flink.launch;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Certificates and keys as text: what cert-manager and openssl write. */
final class Pem {
  private static final Pattern BLOCK =
      Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----([^-]*)-----END \\1-----");

  /** The identifiers of rsaEncryption and id-ecPublicKey, as DER. */
  private static final byte[] RSA = {
    6, 9, 0x2a, (byte) 0x86, 0x48, (byte) 0x86, (byte) 0xf7, 0xd, 1, 1, 1
  };

  private static final byte[] EC = {6, 7, 0x2a, (byte) 0x86, 0x48, (byte) 0xce, 0x3d, 2, 1};
  private static final byte[] NULL = {5, 0};
  private static final byte[] ZERO = {2, 1, 0};

  private Pem() {}

  /** All certificates of a file, in its order. */
  static List<X509Certificate> certificates(String text) throws GeneralSecurityException {
    List<X509Certificate> found = new ArrayList<>();
    CertificateFactory factory = CertificateFactory.getInstance("X.509");
    Matcher block = BLOCK.matcher(text);
    while (block.find()) {
      if (!block.group(1).equals("CERTIFICATE")) {
        continue;
      }
      Certificate one = factory.generateCertificate(new ByteArrayInputStream(bytes(block)));
      found.add((X509Certificate) one);
    }
    return found;
  }

  /**
   * The first private key of a file: PKCS#8, RSA's own form (PKCS#1) or that of elliptic curves
   * (SEC 1).
   */
  static PrivateKey privateKey(String text) throws GeneralSecurityException {
    Matcher block = BLOCK.matcher(text);
    byte[] curve = null;
    while (block.find()) {
      switch (block.group(1)) {
        case "PRIVATE KEY":
          return decode(bytes(block));
        case "RSA PRIVATE KEY":
          return decode(sequence(ZERO, sequence(RSA, NULL), octets(bytes(block))));
        case "EC PARAMETERS":
          curve = bytes(block);
          break;
        case "EC PRIVATE KEY":
          byte[] key = bytes(block);
          return decode(
              sequence(ZERO, sequence(EC, curve == null ? curveOf(key) : curve), octets(key)));
        case "ENCRYPTED PRIVATE KEY":
          throw new GeneralSecurityException("the key is encrypted");
        default:
          break;
      }
    }
    throw new GeneralSecurityException("holds no private key");
  }

  private static byte[] bytes(Matcher block) throws GeneralSecurityException {
    if (block.group(2).contains(":")) {
      throw new GeneralSecurityException("the key is encrypted");
    }
    try {
      return Base64.getMimeDecoder().decode(block.group(2));
    } catch (IllegalArgumentException e) {
      throw new GeneralSecurityException("is no base64: " + e.getMessage(), e);
    }
  }

  private static PrivateKey decode(byte[] pkcs8) throws GeneralSecurityException {
    for (String algorithm : List.of("RSA", "EC")) {
      try {
        return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
      } catch (GeneralSecurityException e) {
        // The other algorithm, then.
      }
    }
    throw new GeneralSecurityException("the key is neither of RSA nor of an elliptic curve");
  }

  /** The curve inside a key of SEC 1: the content of its field [0]. */
  private static byte[] curveOf(byte[] key) throws GeneralSecurityException {
    try {
      int at = key[1] < 0 ? 2 + (key[1] & 0x7f) : 2;
      while (at < key.length) {
        int tag = key[at] & 0xff;
        int length = key[at + 1];
        if (length < 0) {
          throw new GeneralSecurityException("the key's form is not known");
        }
        if (tag == 0xa0) {
          byte[] curve = new byte[length];
          System.arraycopy(key, at + 2, curve, 0, length);
          return curve;
        }
        at += 2 + length;
      }
    } catch (ArrayIndexOutOfBoundsException e) {
      throw new GeneralSecurityException("the key is cut short", e);
    }
    throw new GeneralSecurityException("the key does not name its curve");
  }

  private static byte[] sequence(byte[]... parts) {
    return tagged(0x30, parts);
  }

  private static byte[] octets(byte[] content) {
    return tagged(4, content);
  }

  private static byte[] tagged(int tag, byte[]... parts) {
    ByteArrayOutputStream content = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      content.writeBytes(part);
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(tag);
    int length = content.size();
    if (length < 128) {
      out.write(length);
    } else if (length < 256) {
      out.write(0x81);
      out.write(length);
    } else {
      out.write(0x82);
      out.write(length >> 8);
      out.write(length);
    }
    out.writeBytes(content.toByteArray());
    return out.toByteArray();
  }
}
