package dev.headrace.flink.agent;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** Inputs that were given up, as lines of JSON without their line break. */
final class DeadLetters {
  private static final JsonFactory JSON = new JsonFactory();

  private DeadLetters() {}

  /** A letter; the record is in it as JSON where it is JSON, otherwise as text. */
  static byte[] line(
      String key, String inputId, int tries, String code, String message, byte[] value) {
    var bytes = new ByteArrayOutputStream(256 + value.length);
    try (JsonGenerator out = JSON.createGenerator(bytes)) {
      out.writeStartObject();
      out.writeStringField("key", key);
      out.writeStringField("input", inputId);
      out.writeNumberField("tries", tries);
      out.writeObjectFieldStart("error");
      out.writeStringField("code", code);
      out.writeStringField("message", message);
      out.writeEndObject();
      out.writeFieldName("value");
      if (isJson(value)) {
        out.writeRawValue(new String(value, StandardCharsets.UTF_8).strip());
      } else {
        out.writeString(new String(value, StandardCharsets.UTF_8));
      }
      out.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  /** Whether it is one JSON value on one line. */
  private static boolean isJson(byte[] value) {
    for (byte b : value) if (b == '\n' || b == '\r') return false;
    try (JsonParser parser = JSON.createParser(value)) {
      JsonToken first = parser.nextToken();
      if (first == null) return false;
      parser.skipChildren();
      return parser.nextToken() == null;
    } catch (IOException e) {
      return false;
    }
  }
}
