package dev.headrace.flink.launch;

import java.time.Duration;
import java.time.Instant;

/**
 * When a process starts again after its certificate has been replaced. TaskManagers of a cluster do
 * it in the same second: one after another each would cost the job a restart. JobManagers follow
 * one by one, each at a place of its own in a span that is four times as long as the pause before
 * it.
 *
 * @param after pause after the new certificate's first second: the time that a Secret needs to
 *     reach all nodes
 * @param name the pod's
 */
record RestartMoment(Role role, Duration after, String name) {
  private static final Duration LAST_CALL = Duration.ofMinutes(1);

  /**
   * @param issued first second of the new certificate
   * @param expiry last second of the old one, before which it must be done
   */
  Instant of(Instant issued, Instant expiry, Instant now) {
    // Issuers set the first second back by up to an hour: then the next round pause is taken, which
    // is the same for all.
    long pauses = Math.max(1, Duration.between(issued, now).toMillis() / after.toMillis() + 1);
    Instant moment = issued.plus(after.multipliedBy(pauses));
    if (role == Role.JOBMANAGER) {
      long span = after.multipliedBy(4).toMillis();
      moment =
          moment.plusMillis(
              after.toMillis() / 2 + Math.floorMod(name.hashCode() * 2654435761L, span));
    }
    Instant last = expiry.minus(LAST_CALL);
    return moment.isAfter(last) ? last : moment;
  }
}
