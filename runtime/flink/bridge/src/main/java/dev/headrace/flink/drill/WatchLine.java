package dev.headrace.flink.drill;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.headrace.flink.job.InputReader;
import java.io.IOException;
import java.io.StringWriter;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** What a drill counts of a record: never its content, of which it keeps a digest. */
final class WatchLine {
  private static final JsonFactory JSON = new JsonFactory();

  private WatchLine() {}

  /** {@code {"kind":"input","input":…,"key":…,"time":…}}; time is the record's, milliseconds. */
  static String input(ConsumerRecord<byte[], byte[]> record, InputReader inputs) {
    String position = record.topic() + ":" + record.partition() + ":" + record.offset();
    byte[] value = record.value() == null ? new byte[0] : record.value();
    var input = inputs.read(value, position);
    return line("input", Map.of("input", input.inputId(), "key", input.key()), record.timestamp());
  }

  /** {@code {"kind":"output","id":…,"input":…,"key":…,"sha256":…,"time":…}} */
  static String output(ConsumerRecord<byte[], byte[]> record) throws IOException {
    var fields = textFields(record.value(), "id", "input", "key");
    fields.put("sha256", digest(record.value()));
    return line("output", fields, record.timestamp());
  }

  /** {@code {"kind":"dead-letter","input":…,"key":…,"time":…}} */
  static String deadLetter(ConsumerRecord<byte[], byte[]> record) throws IOException {
    return line("dead-letter", textFields(record.value(), "input", "key"), record.timestamp());
  }

  private static String line(String kind, Map<String, String> fields, long time) {
    var text = new StringWriter();
    try (JsonGenerator out = JSON.createGenerator(text)) {
      out.writeStartObject();
      out.writeStringField("kind", kind);
      for (var field : fields.entrySet()) out.writeStringField(field.getKey(), field.getValue());
      out.writeNumberField("time", time);
      out.writeEndObject();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
    return text.toString();
  }

  /** Fields of the outermost object. */
  private static Map<String, String> textFields(byte[] json, String... names) throws IOException {
    Map<String, String> found = new HashMap<>();
    for (String name : names) found.put(name, "");
    try (JsonParser parser = JSON.createParser(json)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) return found;
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        String name = parser.currentName();
        parser.nextToken();
        if (found.containsKey(name)) found.put(name, parser.getText());
        parser.skipChildren();
      }
    }
    return found;
  }

  private static String digest(byte[] content) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
