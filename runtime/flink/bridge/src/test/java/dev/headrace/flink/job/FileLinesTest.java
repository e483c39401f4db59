package dev.headrace.flink.job;

import static org.assertj.core.api.Assertions.assertThat;

import dev.headrace.flink.agent.AgentInput;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.core.fs.FileSystem;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileLinesTest {
  @TempDir Path directory;

  private List<AgentInput> read(String format, List<String> columns, String text) throws Exception {
    Path file = directory.resolve("data");
    Files.writeString(file, text);
    var source =
        new JobSpecification.FileSource(
            file.toString(),
            "data",
            format,
            columns,
            format.equals("tsv")
                ? Map.of("k", new JobSpecification.Derived("id", "^([^_]+)_"))
                : Map.of(),
            null,
            120);
    var lines = new FileLines(source, new InputReader("/k", "/id"));
    var path = new org.apache.flink.core.fs.Path(file.toUri());
    List<AgentInput> read = new ArrayList<>();
    try (var reader =
        lines.createReader(new Configuration(), FileSystem.getLocalFileSystem().open(path))) {
      for (AgentInput one = reader.read(); one != null; one = reader.read()) read.add(one);
    }
    return read;
  }

  @Test
  void columnsBecomeAnObjectWithDerivedFields() throws Exception {
    List<AgentInput> read = read("tsv", List.of("id", "text"), "7_1\tgood\r\n\n7_2\t\"quoted\"");
    assertThat(read).extracting(AgentInput::key).containsExactly("7", "7");
    assertThat(read).extracting(AgentInput::inputId).containsExactly("7_1", "7_2");
    assertThat(new String(read.get(1).value(), StandardCharsets.UTF_8))
        .isEqualTo("{\"id\":\"7_2\",\"text\":\"\\\"quoted\\\"\",\"k\":\"7\"}");
  }

  @Test
  void aLineThatCannotBeARecordSaysWhy() throws Exception {
    List<AgentInput> read =
        read("tsv", List.of("id", "text"), "7_1\n\nnone\tx\n7_2\t" + "x".repeat(200) + "\n");
    assertThat(read)
        .extracting(AgentInput::inputId, AgentInput::error)
        .containsExactly(
            org.assertj.core.groups.Tuple.tuple(
                "data:1", "the line has 1 column instead of 2 (id, text)"),
            org.assertj.core.groups.Tuple.tuple(
                "data:3", "id does not match /^([^_]+)_/, from which k is derived"),
            org.assertj.core.groups.Tuple.tuple(
                "data:4", "the line has 204 bytes; the limit is 120"));
  }

  @Test
  void linesOfJsonAreKeptAsTheyAre() throws Exception {
    List<AgentInput> read = read("jsonl", null, "{ \"k\":1, \"id\":\"a\" }\n{\n");
    assertThat(new String(read.get(0).value(), StandardCharsets.UTF_8))
        .isEqualTo("{ \"k\":1, \"id\":\"a\" }");
    assertThat(read.get(1).error()).contains("not JSON");
  }
}
