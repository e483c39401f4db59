package dev.headrace.flink.launch;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;

/**
 * Ends a process of Flink when its certificate has been replaced: Flink reads stores at its start
 * alone. The container is started again with the new ones. Runs inside Flink's JVM, as its agent.
 */
public final class CertificateWatch implements Runnable {
  private static final Duration LOOK = Duration.ofSeconds(30);
  private static final Duration REMIND = Duration.ofHours(1);

  private final Path directory;
  private final Identity started;
  private final RestartMoment moment;
  private Instant saidAt = Instant.MIN;

  private CertificateWatch(Path directory, Identity started, RestartMoment moment) {
    this.directory = directory;
    this.started = started;
    this.moment = moment;
  }

  /** The agent's arguments; a colon may be in the last alone. */
  static String arguments(Settings settings, Role role, Path started) {
    return String.join(
        ":",
        role.word(),
        String.valueOf(settings.restartAfter().toSeconds()),
        settings.name(),
        started.toString(),
        settings.certificates().toString());
  }

  /** Called by Java before Flink's main method. */
  public static void premain(String arguments) {
    String[] parts = arguments.split(":", 5);
    RestartMoment moment =
        new RestartMoment(
            Role.of(parts[0]), Duration.ofSeconds(Long.parseLong(parts[1])), parts[2]);
    Identity started = Identity.read(Path.of(parts[3]));
    CertificateWatch watch = new CertificateWatch(Path.of(parts[4]), started, moment);
    Thread thread = new Thread(watch, "certificate-watch");
    thread.setDaemon(true);
    thread.start();
  }

  @Override
  public void run() {
    Duration look = moment.after().compareTo(LOOK) < 0 ? Duration.ofMillis(500) : LOOK;
    Instant end = null;
    while (end == null || Instant.now().isBefore(end)) {
      try {
        Thread.sleep(look.toMillis());
        if (end == null) {
          end = look(Instant.now());
        }
      } catch (InterruptedException e) {
        return;
      } catch (LaunchException e) {
        // Half of a replacement, or a broken one: the next look may find more.
        remind(e.getMessage());
      }
    }
    say("ends to start again with its new certificate");
    // As at SIGTERM: Flink's hooks close what is open.
    System.exit(0);
  }

  /** When to end; null while there is nothing new, or nothing that could be used. */
  private Instant look(Instant now) {
    Identity mounted = Identity.read(directory);
    Instant expiry = started.certificate().getNotAfter().toInstant();
    if (mounted.certificate().equals(started.certificate())
        && mounted.authorities().equals(started.authorities())) {
      Duration lifetime =
          Duration.between(started.certificate().getNotBefore().toInstant(), expiry);
      if (now.isAfter(expiry.minus(lifetime.dividedBy(6)))) {
        remind(
            "HR-LAUNCH-010 "
                + directory
                + ": the certificate ends at "
                + expiry
                + " and has not been replaced");
      }
      return null;
    }
    // Those that run on hold the old certificates: without trust both ways this process could not
    // come back.
    if (!mounted.trusts(started) || !started.trusts(mounted)) {
      remind(
          "HR-LAUNCH-011 "
              + directory
              + ": old and new certificate do not trust each other; not starting again (keep both"
              + " authorities in ca.crt while certificates change, or restart all pods at once)");
      return null;
    }
    Instant end = moment.of(mounted.certificate().getNotBefore().toInstant(), expiry, now);
    say("certificate replaced; ends at " + end);
    return end;
  }

  private void remind(String text) {
    if (Instant.now().isAfter(saidAt.plus(REMIND))) {
      saidAt = Instant.now();
      say(text);
    }
  }

  private static void say(String text) {
    System.err.println("headrace-launch: " + text);
  }
}
