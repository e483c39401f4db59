package dev.headrace.flink.checkpoint;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.headrace.flink.agent.JobOrigin;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.runtime.checkpoint.Checkpoints;
import org.apache.flink.runtime.checkpoint.OperatorState;
import org.apache.flink.runtime.checkpoint.metadata.CheckpointMetadata;

/**
 * Tells which files a checkpoint of Flink needs, by Flink's own reader of {@code _metadata}.
 *
 * <p>{@code CheckpointFiles FILE [DIRECTORY]} prints one JSON document about a local {@code
 * _metadata}; DIRECTORY is the URI of its folder, which relative paths are completed with.
 *
 * <p>{@code CheckpointFiles --serve} answers requests, a line each: {@code
 * {"id":1,"directory":"state://…","metadata":"<base64>"}} with {@code {"id":1,"content":{…}}} or
 * {@code {"id":1,"error":"…"}}.
 */
public final class CheckpointFiles {
  private static final ObjectMapper JSON = new ObjectMapper();

  /**
   * @param checkpoint Flink's number
   * @param format version of the metadata
   * @param job null for a job without the agent operator
   */
  public record Content(
      long checkpoint,
      int format,
      boolean savepoint,
      JobOrigin job,
      List<FileSize> files,
      List<SourcePositions.Position> positions) {}

  /**
   * @param size null where only segments of the file are known
   */
  public record FileSize(String path, Long size) {}

  record Request(long id, String directory, byte[] metadata) {}

  private CheckpointFiles() {}

  public static void main(String[] args) throws Exception {
    if (args.length == 1 && args[0].equals("--serve")) {
      // What libraries print must not end up between the answers.
      PrintStream answers = System.out;
      System.setOut(System.err);
      serve(System.in, answers);
      return;
    }
    if (args.length == 2 && args[0].equals("--listen")) {
      listen(Path.of(args[1]));
      return;
    }
    if (args.length < 1 || args.length > 2) {
      System.err.println(
          "the arguments are a file and the URI of its folder, --serve, or --listen and a path");
      System.exit(2);
    }
    Path file = Path.of(args[0]);
    String directory =
        args.length == 2 ? args[1] : file.toAbsolutePath().getParent().toUri().toString();
    System.out.println(JSON.writeValueAsString(read(Files.readAllBytes(file), directory)));
  }

  /** Until the process is ended. */
  static void listen(Path socket) throws IOException {
    // Of a process that was here before.
    Files.deleteIfExists(socket);
    try (var server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      server.bind(UnixDomainSocketAddress.of(socket));
      while (true) {
        try (SocketChannel client = server.accept();
            var answers =
                new PrintStream(Channels.newOutputStream(client), false, StandardCharsets.UTF_8)) {
          serve(Channels.newInputStream(client), answers);
        } catch (JsonProcessingException e) {
          System.err.println("a request is not JSON: " + e.getOriginalMessage());
        }
      }
    }
  }

  /** Until the other side closes the stream. */
  private static void serve(InputStream from, PrintStream answers) throws IOException {
    var requests = new BufferedReader(new InputStreamReader(from, StandardCharsets.UTF_8));
    for (String line = requests.readLine(); line != null; line = requests.readLine()) {
      Request request = JSON.readValue(line, Request.class);
      Map<String, Object> answer = new LinkedHashMap<>();
      answer.put("id", request.id());
      try {
        answer.put("content", read(request.metadata(), request.directory()));
      } catch (IOException | RuntimeException e) {
        answer.put("error", e.getMessage() == null ? e.toString() : e.getMessage());
      }
      answers.println(JSON.writeValueAsString(answer));
      answers.flush();
    }
  }

  public static Content read(byte[] metadata, String directory) throws IOException {
    // Flink looks at the folder before it completes relative paths, which no state:// here answers.
    Path scratch = Files.createTempDirectory("headrace-checkpoint-");
    Path file = scratch.resolve("_metadata");
    try {
      Files.write(file, metadata);
      CheckpointMetadata content;
      try (var in = new DataInputStream(new ByteArrayInputStream(metadata))) {
        content =
            Checkpoints.loadCheckpointMetadata(
                in, CheckpointFiles.class.getClassLoader(), scratch.toUri().toString());
      }
      return describe(
          content,
          ByteBuffer.wrap(metadata).getInt(Integer.BYTES),
          scratch.toUri().toString().replaceAll("^file:/+", "file:/").replaceAll("/+$", ""),
          directory.replaceAll("/+$", ""));
    } finally {
      Files.deleteIfExists(file);
      Files.deleteIfExists(scratch);
    }
  }

  private static Content describe(
      CheckpointMetadata content, int format, String scratch, String directory) throws IOException {
    if (content.getCheckpointProperties() == null)
      throw new IOException("HR-FLINK-021 metadata of format " + format + " is too old");
    var files = new StateFiles();
    List<SourcePositions.Position> positions = new ArrayList<>();
    JobOrigin origin = null;
    for (OperatorState operator : content.getOperatorStates()) {
      files.add(operator);
      positions.addAll(SourcePositions.of(operator));
      var coordinator = operator.getCoordinatorState();
      if (coordinator != null && origin == null)
        origin = JobOrigin.of(coordinator.getData()).orElse(null);
    }
    List<FileSize> named = new ArrayList<>();
    files
        .found()
        .forEach(
            (path, size) -> {
              boolean relative = path.startsWith(scratch + "/");
              named.add(
                  new FileSize(
                      relative ? directory + path.substring(scratch.length()) : path, size));
            });
    return new Content(
        content.getCheckpointId(),
        format,
        content.getCheckpointProperties().isSavepoint(),
        origin,
        named,
        positions);
  }
}
