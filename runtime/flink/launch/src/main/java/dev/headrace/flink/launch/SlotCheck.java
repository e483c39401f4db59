package dev.headrace.flink.launch;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/**
 * Asks the REST interface of a cluster, by mutual TLS, whether every slot is there: the test of a
 * Helm release. REST_URL, TASK_MANAGERS and SLOTS are environment variables, the certificates are
 * those of {@code HEADRACE_TLS_DIR}. Ends with 0 when they are, with 1 after half a minute.
 */
public final class SlotCheck {
  private static final Pattern TOTAL = Pattern.compile("\"slots-total\":(\\d+)");
  private static final int TRIES = 10;
  private static final Duration PAUSE = Duration.ofSeconds(3);

  private SlotCheck() {}

  public static void main(String[] arguments) throws Exception {
    Map<String, String> environment = System.getenv();
    int wanted =
        Integer.parseInt(environment.get("TASK_MANAGERS"))
            * Integer.parseInt(environment.get("SLOTS"));
    URI overview = URI.create(environment.get("REST_URL") + "/overview");
    HttpClient client =
        HttpClient.newBuilder()
            .sslContext(
                context(Path.of(environment.getOrDefault("HEADRACE_TLS_DIR", "/etc/headrace/tls"))))
            .connectTimeout(PAUSE)
            .build();
    String last = "";
    for (int attempt = 0; attempt < TRIES; attempt++) {
      last = ask(client, overview);
      int total = slots(last);
      if (total >= wanted) {
        System.out.println(
            overview + " answers, and " + total + " slots of " + wanted + " are there");
        return;
      }
      Thread.sleep(PAUSE.toMillis());
    }
    System.err.println("fewer than " + wanted + " slots; the last answer was: " + last);
    System.exit(1);
  }

  private static String ask(HttpClient client, URI overview) throws InterruptedException {
    try {
      HttpRequest request = HttpRequest.newBuilder(overview).timeout(PAUSE).build();
      return client.send(request, BodyHandlers.ofString()).body();
    } catch (IOException failure) {
      return failure.toString();
    }
  }

  /** Slots that an answer tells of; -1 for any other text. */
  static int slots(String overview) {
    Matcher total = TOTAL.matcher(overview);
    return total.find() ? Integer.parseInt(total.group(1)) : -1;
  }

  /** A client that shows the mounted certificate and trusts its authority. */
  static SSLContext context(Path directory) throws IOException, GeneralSecurityException {
    char[] password = Tls.password().toCharArray();
    KeyStore own = KeyStore.getInstance("PKCS12");
    own.load(null, null);
    List<X509Certificate> chain = Pem.certificates(Files.readString(directory.resolve("tls.crt")));
    own.setKeyEntry(
        "own",
        Pem.privateKey(Files.readString(directory.resolve("tls.key"))),
        password,
        chain.toArray(X509Certificate[]::new));
    KeyStore trusted = KeyStore.getInstance("PKCS12");
    trusted.load(null, null);
    int index = 0;
    for (X509Certificate authority :
        Pem.certificates(Files.readString(directory.resolve("ca.crt")))) {
      trusted.setCertificateEntry("authority-" + index++, authority);
    }
    KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    keys.init(own, password);
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(trusted);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
    return context;
  }
}
