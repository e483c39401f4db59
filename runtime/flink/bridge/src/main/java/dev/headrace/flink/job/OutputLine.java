package dev.headrace.flink.job;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.headrace.flink.agent.AgentOutput;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** An output as the embedded engine writes it: {@code {"id":…,"key":…,"input":…,"value":…}}. */
final class OutputLine {
  private static final JsonFactory JSON = new JsonFactory();

  private OutputLine() {}

  static byte[] of(AgentOutput output) {
    var bytes = new ByteArrayOutputStream(128 + output.value().length);
    try (JsonGenerator out = JSON.createGenerator(bytes)) {
      out.writeStartObject();
      out.writeStringField("id", output.id());
      out.writeStringField("key", output.key());
      out.writeStringField("input", output.inputId());
      out.writeFieldName("value");
      out.writeRawValue(new String(output.value(), StandardCharsets.UTF_8));
      out.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }
}
