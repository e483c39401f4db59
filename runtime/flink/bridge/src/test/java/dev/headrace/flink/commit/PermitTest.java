package dev.headrace.flink.commit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.headrace.flink.commit.Permit.Answer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PermitTest {
  private static final long EPOCH = 5;
  private static final long CHECKPOINT = 10;
  private static final long NOW = 1_000;

  @ParameterizedTest
  @CsvSource({
    // of an earlier epoch: the supervisor is not there yet; of a later one: never again
    "4, held, local, , 2000, WAIT",
    "6, held, local, , 2000, NEVER",
    "6, held, replicated, 10, 2000, NEVER",
    "5, lost, local, , 2000, NEVER",
    "5, lost, replicated, 10, 2000, NEVER",
    "4, lost, local, , 2000, WAIT",
    // by the lease alone, as long as it lasts
    "5, held, local, , 2000, COMMIT",
    "5, held, local, , 1000, WAIT",
    "5, held, local, , 0, WAIT",
    // a restore point stays one, whatever became of the lease
    "5, held, replicated, , 2000, WAIT",
    "5, held, replicated, 9, 2000, WAIT",
    "5, held, replicated, 10, 2000, COMMIT",
    "5, held, replicated, 11, 0, COMMIT",
  })
  void answers(
      long epoch, String state, String commit, Long checkpoint, long until, Answer expected) {
    assertThat(
            new Permit(epoch, state, commit, checkpoint, until)
                .ask(EPOCH, CHECKPOINT, NOW, NOW - 500, null))
        .isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({
    "500, 2000, COMMIT_ALONE",
    "501, 2000, WAIT",
    // not without the lease
    "500, 1000, WAIT",
  })
  void goesAloneBeforeItWouldBeLost(long alone, long until, Answer expected) {
    assertThat(
            new Permit(EPOCH, "held", "replicated", 9L, until)
                .ask(EPOCH, CHECKPOINT, NOW, NOW - 500, alone))
        .isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "{}",
        "{\"epoch\":1,\"state\":\"mine\",\"commit\":\"local\",\"until\":1}",
        "{\"epoch\":1,\"state\":\"held\",\"commit\":\"now\",\"until\":1}",
        "{\"state\":\"held\",\"commit\":\"local\",\"until\":1}",
      })
  void refusesWhatIsNoPermit(String text) {
    assertThatThrownBy(() -> Permit.of(text.getBytes(StandardCharsets.UTF_8)))
        .isInstanceOf(IOException.class);
  }
}
