package dev.headrace.flink.job;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import dev.headrace.flink.agent.AgentInput;
import java.io.IOException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;

/**
 * Finds the key and the id of a record by JSON pointers (RFC 6901), without building a tree. Both
 * are text as JavaScript's {@code String(value)} gives it, so that workers and the embedded engine
 * find the same.
 */
public final class InputReader implements Serializable {
  private static final long serialVersionUID = 1L;
  private static final JsonFactory JSON = new JsonFactory();
  private static final double LARGEST_INTEGER = 9007199254740991.0;
  private static final int KEY = 0;
  private static final int ID = 1;

  private final String keyPointer;
  private final String idPointer;
  private final String[][] tokens;

  /**
   * @param idPointer null: inputs are known by their position
   */
  public InputReader(String keyPointer, String idPointer) {
    this.keyPointer = keyPointer;
    this.idPointer = idPointer;
    tokens =
        idPointer == null
            ? new String[][] {parse(keyPointer)}
            : new String[][] {parse(keyPointer), parse(idPointer)};
  }

  /**
   * @param position what the record is known by where the agent names no id, and in messages
   */
  public AgentInput read(byte[] record, String position) {
    var found = new Object[tokens.length];
    try (JsonParser parser = JSON.createParser(record)) {
      if (parser.nextToken() == null)
        return AgentInput.invalid(position, record, "the record is empty");
      walk(parser, (1 << tokens.length) - 1, 0, found);
      if (parser.nextToken() != null)
        return AgentInput.invalid(position, record, "there is more behind the record's JSON");
    } catch (JsonProcessingException e) {
      return AgentInput.invalid(
          position, record, "the record is not JSON: " + e.getOriginalMessage());
    } catch (IOException e) {
      return AgentInput.invalid(position, record, "the record cannot be read: " + e.getMessage());
    }
    for (int i = 0; i < tokens.length; i++) {
      if (found[i] instanceof String) continue;
      String pointer = i == KEY ? keyPointer : idPointer;
      String reason =
          found[i] instanceof Unstable number
              ? "%s leads to the number %s; only whole numbers below 2^53 have one text in every system"
                  .formatted(pointer, number.text)
              : pointer + " leads to no string, number or boolean";
      return AgentInput.invalid(position, record, reason);
    }
    return AgentInput.of(
        (String) found[KEY], idPointer == null ? position : (String) found[ID], record);
  }

  /** A number whose text differs between systems. */
  private record Unstable(String text) {}

  /**
   * Visits the value that the parser is at.
   *
   * @param wanted bits of the pointers that lead to it or into it
   */
  private void walk(JsonParser parser, int wanted, int depth, Object[] found) throws IOException {
    for (int i = 0; i < tokens.length; i++) if ((wanted & 1 << i) != 0) found[i] = null;
    switch (parser.currentToken()) {
      case START_OBJECT -> {
        for (JsonToken t = parser.nextToken(); t == JsonToken.FIELD_NAME; t = parser.nextToken()) {
          String name = parser.currentName();
          parser.nextToken();
          into(parser, wanted, depth, name, found);
        }
      }
      case START_ARRAY -> {
        for (int i = 0; parser.nextToken() != JsonToken.END_ARRAY; i++)
          into(parser, wanted, depth, Integer.toString(i), found);
      }
      default -> {
        for (int i = 0; i < tokens.length; i++)
          if ((wanted & 1 << i) != 0 && tokens[i].length == depth) found[i] = text(parser);
      }
    }
  }

  private void into(JsonParser parser, int wanted, int depth, String step, Object[] found)
      throws IOException {
    int inside = 0;
    for (int i = 0; i < tokens.length; i++)
      if ((wanted & 1 << i) != 0 && tokens[i].length > depth && tokens[i][depth].equals(step))
        inside |= 1 << i;
    if (inside == 0) parser.skipChildren();
    else walk(parser, inside, depth + 1, found);
  }

  private static Object text(JsonParser parser) throws IOException {
    return switch (parser.currentToken()) {
      case VALUE_STRING -> parser.getText();
      case VALUE_TRUE -> "true";
      case VALUE_FALSE -> "false";
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> {
        double number = parser.getDoubleValue();
        yield number == Math.rint(number) && Math.abs(number) <= LARGEST_INTEGER
            ? Long.toString((long) number)
            : new Unstable(parser.getText());
      }
      default -> null;
    };
  }

  /**
   * @throws SpecificationException for a text that is no pointer
   */
  private static String[] parse(String pointer) {
    if (pointer.isEmpty()) return new String[0];
    if (!pointer.startsWith("/"))
      throw new SpecificationException(
          "/plan", "\"%s\" is no JSON pointer".formatted(pointer), "start it with /");
    List<String> steps = new ArrayList<>();
    for (String step : pointer.substring(1).split("/", -1))
      steps.add(step.replace("~1", "/").replace("~0", "~"));
    return steps.toArray(String[]::new);
  }
}
