package dev.headrace.flink.drill;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.headrace.flink.job.InputReader;
import java.nio.charset.StandardCharsets;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Test;

class WatchLineTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  private static ConsumerRecord<byte[], byte[]> record(String value) {
    return new ConsumerRecord<>(
        "reviews", 1, 42, null, value == null ? null : value.getBytes(StandardCharsets.UTF_8));
  }

  private static JsonNode parsed(String line) throws Exception {
    return JSON.readTree(line);
  }

  @Test
  void anInputIsKnownByItsPointersOrItsPosition() throws Exception {
    var record = record("{\"id\":7,\"review\":\"r\\n1\"}");
    var byId = parsed(WatchLine.input(record, new InputReader("/review", "/id")));
    assertEquals("7", byId.get("input").asText());
    assertEquals("r\n1", byId.get("key").asText());
    var byPosition = parsed(WatchLine.input(record, new InputReader("/review", null)));
    assertEquals("reviews:1:42", byPosition.get("input").asText());
  }

  /** As in its dead letter, so that the two are found to belong together. */
  @Test
  void aRecordThatIsNoInputIsKnownByItsPosition() throws Exception {
    for (String value : new String[] {"no json", null, "{}"})
      assertEquals(
          "reviews:1:42",
          parsed(WatchLine.input(record(value), new InputReader("/review", "/id")))
              .get("input")
              .asText());
  }

  @Test
  void anOutputIsKnownByItsIdAndTheDigestOfItsContent() throws Exception {
    var one =
        parsed(
            WatchLine.output(
                record(
                    "{\"id\":\"o1\",\"key\":\"k\",\"input\":\"i\",\"value\":{\"id\":\"inner\"}}")));
    assertEquals("o1", one.get("id").asText());
    assertEquals("i", one.get("input").asText());
    var other =
        parsed(
            WatchLine.output(
                record(
                    "{\"id\":\"o1\",\"key\":\"k\",\"input\":\"i\",\"value\":{\"id\":\"other\"}}")));
    assertNotEquals(one.get("sha256"), other.get("sha256"));
  }

  @Test
  void aDeadLetterIsKnownByItsInput() throws Exception {
    var line =
        parsed(
            WatchLine.deadLetter(
                record(
                    "{\"key\":\"k\",\"input\":\"i\",\"tries\":5,\"error\":{\"code\":\"x\"},\"value\":{\"input\":\"inner\"}}")));
    assertEquals("dead-letter", line.get("kind").asText());
    assertEquals("i", line.get("input").asText());
  }
}
