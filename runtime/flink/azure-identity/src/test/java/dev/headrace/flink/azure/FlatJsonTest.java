package dev.headrace.flink.azure;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FlatJsonTest {
  @Test
  void stringsAndNumbersAreReadAndArraysSkipped() {
    assertThat(
            FlatJson.read(
                " { \"a\" : \"x\\\"\\u00e9\\n"
                    + "\\/\" , \"b\":[1, \"y\"],\"c\":[],\"d\":-1.5e3, \"e\":true } "))
        .contains(Map.of("a", "x\"é\n/", "d", "-1.5e3", "e", "true"));
    assertThat(FlatJson.read("{}")).contains(Map.of());
  }

  @Test
  void aTokenOfManyKilobytesIsRead() {
    String token = "a".repeat(200_000);
    assertThat(FlatJson.read("{\"t\":\"" + token + "\"}")).contains(Map.of("t", token));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "null",
        "{",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1,}",
        "{\"a\":1} x",
        "{'a':1}",
        "{\"a\":\"\\x\"}",
        "{\"a\":\"b}"
      })
  void whatIsNoObjectOfThatShapeIsNotRead(String text) {
    assertThat(FlatJson.read(text)).isEmpty();
  }
}
