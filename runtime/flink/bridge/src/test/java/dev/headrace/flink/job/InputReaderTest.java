package dev.headrace.flink.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.headrace.flink.agent.AgentInput;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class InputReaderTest {
  private static AgentInput read(String keyPointer, String idPointer, String record) {
    return new InputReader(keyPointer, idPointer)
        .read(record.getBytes(StandardCharsets.UTF_8), "topic:0:7");
  }

  @Test
  void findsKeyAndId() {
    AgentInput input =
        read("/user/name", "/ids/1", "{\"ids\":[1,\"b\"],\"user\":{\"name\":\"ann\",\"x\":[{}]}}");
    assertThat(input.error()).isNull();
    assertThat(input.key()).isEqualTo("ann");
    assertThat(input.inputId()).isEqualTo("b");
  }

  @Test
  void namesAnInputByItsPositionWhereTheAgentHasNoId() {
    assertThat(read("/k", null, "{\"k\":true}").inputId()).isEqualTo("topic:0:7");
  }

  @Test
  void takesTheLastOfEqualFieldsAsJavaScriptDoes() {
    assertThat(read("/k", null, "{\"k\":\"a\",\"k\":\"b\"}").key()).isEqualTo("b");
    assertThat(read("/k/x", null, "{\"k\":{\"x\":\"a\"},\"k\":3}").error())
        .contains("/k/x leads to no string");
  }

  @Test
  void unescapesPointers() {
    assertThat(read("/a~1b/m~0n", null, "{\"a/b\":{\"m~n\":\"k\"}}").key()).isEqualTo("k");
    assertThatThrownBy(() -> new InputReader("k", null)).isInstanceOf(SpecificationException.class);
  }

  @ParameterizedTest
  @CsvSource({
    "7,7",
    "-0,0",
    "1.0,1",
    "1e3,1000",
    "9007199254740991,9007199254740991",
    "true,true",
    "'\"é\"',é"
  })
  void textIsWhatJavaScriptMakesOfIt(String json, String text) {
    assertThat(read("/k", null, "{\"k\":" + json + "}").key()).isEqualTo(text);
  }

  @ParameterizedTest
  @CsvSource({"1.5", "9007199254740993", "1e400"})
  void refusesNumbersWhoseTextDiffersBetweenSystems(String json) {
    assertThat(read("/k", null, "{\"k\":" + json + "}").error())
        .contains("whole numbers below 2^53");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{|is not JSON",
        "''|is empty",
        "{\"k\":1} 2|more behind",
        "{}|leads to no string",
        "{\"k\":null}|leads to no string",
        "{\"k\":[1]}|leads to no string",
        "[\"k\"]|leads to no string"
      })
  void saysWhatIsWrongWithARecord(String record, String reason) {
    AgentInput input = read("/k", null, record);
    assertThat(input.error()).contains(reason);
    assertThat(input.inputId()).isEqualTo("topic:0:7");
    assertThat(new String(input.value(), StandardCharsets.UTF_8)).isEqualTo(record);
  }
}
