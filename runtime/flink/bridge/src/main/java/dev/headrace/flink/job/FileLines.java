package dev.headrace.flink.job;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.headrace.flink.agent.AgentInput;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.connector.file.src.reader.SimpleStreamFormat;
import org.apache.flink.connector.file.src.reader.StreamFormat;
import org.apache.flink.core.fs.FSDataInputStream;

/**
 * Lines of a file as inputs: JSON objects, or tab-separated columns made into one. A line that
 * cannot be one is a dead letter. Lines are counted from 1, empty ones too, and are passed over.
 */
final class FileLines extends SimpleStreamFormat<AgentInput> {
  private static final long serialVersionUID = 1L;
  private static final ObjectMapper MAPPER = new ObjectMapper();

  private final JobSpecification.FileSource file;
  private final InputReader inputs;

  FileLines(JobSpecification.FileSource file, InputReader inputs) {
    this.file = file;
    this.inputs = inputs;
  }

  @Override
  public TypeInformation<AgentInput> getProducedType() {
    return TypeInformation.of(AgentInput.class);
  }

  @Override
  public StreamFormat.Reader<AgentInput> createReader(
      Configuration config, FSDataInputStream stream) {
    return new LineReader(new BufferedInputStream(stream, 1 << 18));
  }

  private final class LineReader implements StreamFormat.Reader<AgentInput> {
    private final InputStream in;
    private final Map<String, Pattern> patterns = new LinkedHashMap<>();
    private long line;

    LineReader(InputStream in) {
      this.in = in;
      if (file.derive() != null)
        file.derive()
            .forEach((field, derived) -> patterns.put(field, Pattern.compile(derived.pattern())));
    }

    @Override
    public AgentInput read() throws IOException {
      for (; ; ) {
        var bytes = new ByteArrayOutputStream(256);
        long length = 0;
        int c = in.read();
        if (c < 0) return null;
        for (; c >= 0 && c != '\n'; c = in.read())
          if (++length <= file.maxLineBytes()) bytes.write(c);
        line++;
        String position = file.name() + ":" + line;
        if (length > file.maxLineBytes()) {
          return AgentInput.invalid(
              position,
              bytes
                  .toString(StandardCharsets.UTF_8)
                  .substring(0, 80)
                  .getBytes(StandardCharsets.UTF_8),
              "the line has %d bytes; the limit is %d".formatted(length, file.maxLineBytes()));
        }
        String text = bytes.toString(StandardCharsets.UTF_8);
        if (text.endsWith("\r")) text = text.substring(0, text.length() - 1);
        if (text.isEmpty()) continue;
        return input(text, position);
      }
    }

    private AgentInput input(String text, String position) {
      byte[] raw = text.getBytes(StandardCharsets.UTF_8);
      if (file.format().equals("jsonl") && patterns.isEmpty()) return inputs.read(raw, position);
      ObjectNode record;
      if (file.format().equals("tsv")) {
        List<String> columns = file.columns();
        String[] cells = text.split("\t", -1);
        if (cells.length != columns.size())
          return AgentInput.invalid(
              position,
              raw,
              "the line has %d %s instead of %d (%s)"
                  .formatted(
                      cells.length,
                      cells.length == 1 ? "column" : "columns",
                      columns.size(),
                      String.join(", ", columns)));
        record = MAPPER.createObjectNode();
        for (int i = 0; i < cells.length; i++) record.put(columns.get(i), cells[i]);
      } else {
        try {
          JsonNode tree = MAPPER.readTree(text);
          if (!(tree instanceof ObjectNode object))
            return AgentInput.invalid(position, raw, "the line is no JSON object");
          record = object;
        } catch (JsonProcessingException e) {
          return AgentInput.invalid(position, raw, "not JSON: " + e.getOriginalMessage());
        }
      }
      for (var derived : patterns.entrySet()) {
        String from = file.derive().get(derived.getKey()).from();
        Matcher match = derived.getValue().matcher(record.path(from).asText());
        if (!match.find() || match.groupCount() < 1 || match.group(1) == null)
          return AgentInput.invalid(
              position,
              raw,
              "%s does not match /%s/, from which %s is derived"
                  .formatted(from, derived.getValue(), derived.getKey()));
        record.put(derived.getKey(), match.group(1));
      }
      return inputs.read(record.toString().getBytes(StandardCharsets.UTF_8), position);
    }

    @Override
    public void close() throws IOException {
      in.close();
    }
  }
}
