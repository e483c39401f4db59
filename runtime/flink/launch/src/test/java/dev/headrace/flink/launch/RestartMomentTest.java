package dev.headrace.flink.launch;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class RestartMomentTest {
  private static final Duration AFTER = Duration.ofMinutes(10);
  private static final Instant ISSUED = Instant.parse("2026-03-01T12:00:00Z");
  private static final Instant EXPIRY = Instant.parse("2026-03-31T12:00:00Z");

  private static Instant of(Role role, String name, Instant now) {
    return new RestartMoment(role, AFTER, name).of(ISSUED, EXPIRY, now);
  }

  @Test
  void taskManagersGoTogetherWheneverTheySawIt() {
    Instant expected = Instant.parse("2026-03-01T12:10:00Z");
    assertThat(of(Role.TASKMANAGER, "tm-0", ISSUED.plusSeconds(2))).isEqualTo(expected);
    assertThat(of(Role.TASKMANAGER, "tm-1", ISSUED.plusSeconds(95))).isEqualTo(expected);
    assertThat(of(Role.TASKMANAGER, "tm-1", ISSUED.minusSeconds(5))).isEqualTo(expected);
  }

  @Test
  void aBackdatedCertificateMovesThemToTheNextRoundPause() {
    assertThat(of(Role.TASKMANAGER, "tm-0", ISSUED.plusSeconds(3_700)))
        .isEqualTo(Instant.parse("2026-03-01T13:10:00Z"));
    assertThat(of(Role.TASKMANAGER, "tm-1", ISSUED.plusSeconds(3_790)))
        .isEqualTo(Instant.parse("2026-03-01T13:10:00Z"));
  }

  @Test
  void jobManagersFollowEachAtAPlaceOfItsOwn() {
    Instant first = of(Role.JOBMANAGER, "flink-jobmanager-5d8f-x2x9v", ISSUED);
    Instant second = of(Role.JOBMANAGER, "flink-jobmanager-5d8f-q7c4t", ISSUED);
    assertThat(first).isBetween(ISSUED.plus(AFTER), ISSUED.plus(AFTER.multipliedBy(6)));
    assertThat(Duration.between(first, second).abs()).isGreaterThan(Duration.ofSeconds(30));
  }

  @Test
  void nobodyWaitsPastTheEndOfTheOldCertificate() {
    Instant soon = ISSUED.plusSeconds(300);
    Instant moment = new RestartMoment(Role.JOBMANAGER, AFTER, "jm").of(ISSUED, soon, ISSUED);
    assertThat(moment).isEqualTo(soon.minusSeconds(60));
  }
}
