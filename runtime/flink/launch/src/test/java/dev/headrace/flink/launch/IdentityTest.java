package dev.headrace.flink.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyStore;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class IdentityTest {
  private static final char[] PASSWORD = "secret-of-a-test".toCharArray();
  @TempDir Path directory;
  private TestAuthority authority;

  @BeforeEach
  void createAuthority() throws Exception {
    authority = TestAuthority.create(directory, "one");
  }

  @ParameterizedTest
  @ValueSource(strings = {"EC", "RSA"})
  void writesStoresThatHoldTheKeyAndTheAuthority(String algorithm) throws Exception {
    Identity identity = Identity.read(authority.issue(directory.resolve("tls"), algorithm));
    Path keys = directory.resolve("key.p12");
    Path trust = directory.resolve("trust.p12");
    identity.write(keys, trust, PASSWORD);

    KeyStore own = KeyStore.getInstance(keys.toFile(), PASSWORD);
    assertThat(own.getKey("flink", PASSWORD)).isEqualTo(identity.key());
    assertThat(own.getCertificate("flink")).isEqualTo(identity.certificate());
    KeyStore trusted = KeyStore.getInstance(trust.toFile(), PASSWORD);
    assertThat(trusted.getCertificate("ca-0")).isEqualTo(identity.authorities().get(0));
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(keys)))
        .isEqualTo("rw-------");
    assertThatThrownBy(() -> KeyStore.getInstance(keys.toFile(), "other".toCharArray()))
        .isInstanceOf(Exception.class);
  }

  @Test
  void refusesAKeyOfAnotherCertificate() throws Exception {
    Path tls = authority.issue(directory.resolve("tls"), "EC");
    Path other = authority.issue(directory.resolve("other"), "EC");
    Files.copy(
        other.resolve("tls.crt"),
        Files.createDirectories(directory.resolve("mixed")).resolve("tls.crt"));
    Files.copy(tls.resolve("tls.key"), directory.resolve("mixed/tls.key"));
    Files.copy(tls.resolve("ca.crt"), directory.resolve("mixed/ca.crt"));
    assertThatThrownBy(() -> Identity.read(directory.resolve("mixed")))
        .isInstanceOf(LaunchException.class)
        .hasMessageContaining("HR-LAUNCH-004")
        .hasMessageContaining("tls.key")
        .hasMessageContaining("is not the key of tls.crt");
  }

  @ParameterizedTest
  @ValueSource(strings = {"ca.crt", "tls.crt", "tls.key"})
  void namesTheFileThatIsMissing(String file) throws Exception {
    Path tls = authority.issue(directory.resolve("tls"), "EC");
    Files.delete(tls.resolve(file));
    assertThatThrownBy(() -> Identity.read(tls))
        .isInstanceOf(LaunchException.class)
        .hasMessageContaining("HR-LAUNCH-004 " + tls.resolve(file) + ": is not there");
  }

  @Test
  void trustsOnlyWhatItsAuthoritySigned() throws Exception {
    Identity old = Identity.read(authority.issue(directory.resolve("old"), "EC"));
    Identity renewed = Identity.read(authority.issue(directory.resolve("new"), "RSA"));
    TestAuthority second = TestAuthority.create(directory, "two");
    Identity foreign = Identity.read(second.issue(directory.resolve("foreign"), "EC"));
    assertThat(old.trusts(renewed)).isTrue();
    assertThat(renewed.trusts(old)).isTrue();
    assertThat(old.trusts(foreign)).isFalse();
  }
}
