package dev.headrace.flink.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.interfaces.ECPrivateKey;
import java.security.spec.ECGenParameterSpec;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PemTest {
  @ParameterizedTest
  @ValueSource(ints = {2048, 4096})
  void readsRsaInBothForms(int bits) throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
    generator.initialize(bits);
    PrivateKey key = generator.generateKeyPair().getPrivate();
    byte[] pkcs8 = key.getEncoded();
    assertThat(Pem.privateKey(TestAuthority.pem("PRIVATE KEY", pkcs8))).isEqualTo(key);
    // PKCS#8 is a header of 26 bytes around PKCS#1, for keys of these sizes.
    byte[] pkcs1 = Arrays.copyOfRange(pkcs8, 26, pkcs8.length);
    assertThat(Pem.privateKey(TestAuthority.pem("RSA PRIVATE KEY", pkcs1))).isEqualTo(key);
  }

  @Test
  void readsAKeyOfAnEllipticCurveInTheFormOfOpenssl() throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec("secp256r1"));
    PrivateKey key = generator.generateKeyPair().getPrivate();
    byte[] pkcs8 = key.getEncoded();
    assertThat(Pem.privateKey(TestAuthority.pem("PRIVATE KEY", pkcs8))).isEqualTo(key);
    // The octets of PKCS#8: version 1, the secret; openssl adds the curve, inside or in a block of
    // its own.
    byte[] curve = Arrays.copyOfRange(pkcs8, 16, 26);
    byte[] secret = Arrays.copyOfRange(pkcs8, pkcs8.length - 32, pkcs8.length);
    byte[] bare = concat(new byte[] {0x30, 37, 2, 1, 1, 4, 32}, secret);
    byte[] named =
        concat(new byte[] {0x30, 49, 2, 1, 1, 4, 32}, secret, new byte[] {(byte) 0xa0, 10}, curve);
    assertThat(secret(Pem.privateKey(TestAuthority.pem("EC PRIVATE KEY", named))))
        .isEqualTo(secret(key));
    assertThat(
            secret(
                Pem.privateKey(
                    TestAuthority.pem("EC PARAMETERS", curve)
                        + TestAuthority.pem("EC PRIVATE KEY", bare))))
        .isEqualTo(secret(key));
    assertThatThrownBy(() -> Pem.privateKey(TestAuthority.pem("EC PRIVATE KEY", bare)))
        .hasMessage("the key does not name its curve");
  }

  @Test
  void refusesWhatHoldsNoUsableKey() {
    assertThatThrownBy(() -> Pem.privateKey("nothing"))
        .isInstanceOf(GeneralSecurityException.class)
        .hasMessage("holds no private key");
    assertThatThrownBy(
            () -> Pem.privateKey(TestAuthority.pem("ENCRYPTED PRIVATE KEY", new byte[] {1})))
        .hasMessage("the key is encrypted");
    assertThatThrownBy(() -> Pem.privateKey(TestAuthority.pem("PRIVATE KEY", new byte[] {1, 2, 3})))
        .hasMessageContaining("neither");
  }

  /** Keys are equal to Java only in the same encoding. */
  private static BigInteger secret(PrivateKey key) {
    return ((ECPrivateKey) key).getS();
  }

  private static byte[] concat(byte[]... parts) {
    int length = Arrays.stream(parts).mapToInt(part -> part.length).sum();
    byte[] all = new byte[length];
    int at = 0;
    for (byte[] part : parts) {
      System.arraycopy(part, 0, all, at, part.length);
      at += part.length;
    }
    return all;
  }
}
