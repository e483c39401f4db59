package dev.headrace.flink.azure;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads the strings and numbers at the top level of a JSON object; arrays of plain values are
 * skipped. All that a token endpoint answers is of that shape. An own reader, because a plugin's
 * jar must not bring a JSON library that collides with the driver's.
 */
final class FlatJson {
  private static final Pattern STRING = Pattern.compile("\"((?:[^\"\\\\\\p{Cntrl}]|\\\\.)*+)\"");
  private static final Pattern PLAIN = Pattern.compile("-?[0-9][0-9.eE+-]*|true|false|null");
  private static final Pattern BLANK = Pattern.compile("\\s*");
  private static final Pattern ESCAPE = Pattern.compile("\\\\(?:u([0-9a-fA-F]{4})|(.))");

  private final String text;
  private int position;

  private FlatJson(String text) {
    this.text = text;
  }

  /** The members of the object; empty when the text is no such object. */
  static Optional<Map<String, String>> read(String text) {
    try {
      return Optional.of(new FlatJson(text).object());
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  private Map<String, String> object() {
    Map<String, String> members = new HashMap<>();
    expect('{');
    if (!next('}')) {
      do {
        String name = string();
        expect(':');
        if (next('[')) {
          skipArray();
        } else {
          members.put(name, value());
        }
      } while (next(','));
      expect('}');
    }
    take(BLANK);
    if (position != text.length()) {
      throw new IllegalArgumentException("something follows the object");
    }
    return members;
  }

  private void skipArray() {
    if (next(']')) {
      return;
    }
    do {
      value();
    } while (next(','));
    expect(']');
  }

  private String value() {
    take(BLANK);
    return position < text.length() && text.charAt(position) == '"'
        ? string()
        : take(PLAIN).group();
  }

  private String string() {
    take(BLANK);
    return ESCAPE
        .matcher(take(STRING).group(1))
        .replaceAll(escape -> Matcher.quoteReplacement(unescape(escape.group(1), escape.group(2))));
  }

  private static String unescape(String unicode, String other) {
    if (unicode != null) {
      return String.valueOf((char) Integer.parseInt(unicode, 16));
    }
    return switch (other) {
      case "\"", "\\", "/" -> other;
      case "b" -> "\b";
      case "f" -> "\f";
      case "n" -> "\n";
      case "r" -> "\r";
      case "t" -> "\t";
      default -> throw new IllegalArgumentException("no such escape");
    };
  }

  private boolean next(char expected) {
    take(BLANK);
    if (position < text.length() && text.charAt(position) == expected) {
      position++;
      return true;
    }
    return false;
  }

  private void expect(char expected) {
    if (!next(expected)) {
      throw new IllegalArgumentException("expected " + expected);
    }
  }

  private Matcher take(Pattern pattern) {
    Matcher matcher = pattern.matcher(text).region(position, text.length());
    if (!matcher.lookingAt()) {
      throw new IllegalArgumentException("expected " + pattern);
    }
    position = matcher.end();
    return matcher;
  }
}
