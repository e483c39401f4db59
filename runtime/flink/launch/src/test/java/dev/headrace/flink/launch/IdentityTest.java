package dev.headrace.flink.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyStore;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class IdentityTest {
  private static final char[] PASSWORD = "secret-of-a-test".toCharArray();
  @TempDir static Path issued;
  @TempDir Path directory;

  @BeforeAll
  static void issue() throws Exception {
    TestAuthority authority = TestAuthority.create(issued, "one");
    authority.issue(issued.resolve("EC"), "EC");
    authority.issue(issued.resolve("RSA"), "RSA");
    TestAuthority.create(issued, "two").issue(issued.resolve("foreign"), "EC");
  }

  @ParameterizedTest
  @ValueSource(strings = {"EC", "RSA"})
  void writesStoresThatHoldTheKeyAndTheAuthority(String algorithm) throws Exception {
    Identity identity = Identity.read(issued.resolve(algorithm));
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
        .isInstanceOf(IOException.class);
  }

  @Test
  void refusesAKeyOfAnotherCertificate() throws Exception {
    mount("EC", "ca.crt", "tls.key");
    mount("foreign", "tls.crt");
    assertThatThrownBy(() -> Identity.read(directory))
        .isInstanceOf(LaunchException.class)
        .hasMessageContaining("HR-LAUNCH-004 " + directory.resolve("tls.key"))
        .hasMessageContaining("is not the key of tls.crt");
  }

  @ParameterizedTest
  @ValueSource(strings = {"ca.crt", "tls.crt", "tls.key"})
  void namesTheFileThatIsMissing(String file) throws Exception {
    mount("EC", Identity.FILES.stream().filter(one -> !one.equals(file)).toArray(String[]::new));
    assertThatThrownBy(() -> Identity.read(directory))
        .isInstanceOf(LaunchException.class)
        .hasMessageContaining("HR-LAUNCH-004 " + directory.resolve(file) + ": is not there");
  }

  @Test
  void trustsOnlyWhatItsAuthoritySigned() {
    Identity old = Identity.read(issued.resolve("EC"));
    Identity renewed = Identity.read(issued.resolve("RSA"));
    Identity foreign = Identity.read(issued.resolve("foreign"));
    assertThat(old.trusts(renewed)).isTrue();
    assertThat(renewed.trusts(old)).isTrue();
    assertThat(old.trusts(foreign)).isFalse();
  }

  private void mount(String from, String... files) throws IOException {
    for (String file : files) {
      Files.copy(issued.resolve(from).resolve(file), directory.resolve(file));
    }
  }
}
