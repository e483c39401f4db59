package dev.headrace.flink.job;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.util.Base64;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.flink.core.fs.Path;

/** Reads a job specification and refuses what it does not know. */
final class SpecificationReader {
  private static final String REWRITE = "write it with the version of Headrace that this job is of";
  private static final ObjectMapper MAPPER =
      JsonMapper.builder()
          .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
          .build();

  private SpecificationReader() {}

  /**
   * @param where a path, a URI of any file system that Flink has, or {@code base64:} and the text
   *     itself
   */
  static JobSpecification read(String where) throws IOException {
    return parse(bytes(where));
  }

  private static byte[] bytes(String where) throws IOException {
    if (where.startsWith("base64:"))
      return Base64.getDecoder().decode(where.substring("base64:".length()));
    if (!where.contains("://")) return Files.readAllBytes(java.nio.file.Path.of(where));
    var path = new Path(where);
    try (InputStream in = path.getFileSystem().open(path)) {
      return in.readAllBytes();
    }
  }

  static JobSpecification parse(byte[] json) {
    try {
      JsonNode tree = MAPPER.readTree(json);
      // Before all else: the fields of another version mean other things.
      JsonNode version = tree.path("version");
      if (!version.isInt() || version.intValue() != JobSpecification.VERSION)
        throw new SpecificationException(
            "/version",
            "is %s; this job reads version %d"
                .formatted(version.isMissingNode() ? "missing" : version, JobSpecification.VERSION),
            REWRITE);
      return check(MAPPER.treeToValue(tree, JobSpecification.class));
    } catch (UnrecognizedPropertyException e) {
      throw new SpecificationException(pointer(e), "is not known", REWRITE);
    } catch (JsonMappingException e) {
      throw new SpecificationException(pointer(e), e.getOriginalMessage(), REWRITE);
    } catch (JsonProcessingException e) {
      throw new SpecificationException("", "is not JSON: " + e.getOriginalMessage(), REWRITE);
    } catch (IOException e) {
      throw new SpecificationException("", "cannot be read: " + e.getMessage(), REWRITE);
    }
  }

  private static JobSpecification check(JobSpecification job) {
    require(
        job.parallelism() >= 1, "/parallelism", "is %d".formatted(job.parallelism()), "1 or more");
    require(
        job.maxParallelism() >= job.parallelism() && job.maxParallelism() <= 32768,
        "/maxParallelism",
        "is %d".formatted(job.maxParallelism()),
        "from the parallelism to 32768");
    require(job.inFlight() >= 1, "/inFlight", "is %d".formatted(job.inFlight()), "1 or more");
    oneOf("/retry/onFailure", job.retry().onFailure(), "dead-letter", "fail");
    oneOf("/journal/mode", job.journal().mode(), "checkpoint", "kafka");
    if (job.journal().mode().equals("kafka")) {
      require(job.journal().topic() != null, "/journal/topic", "is missing", "name a topic");
      require(
          job.journal().bootstrap() != null,
          "/journal/bootstrap",
          "is missing",
          "name the brokers");
    }
    single("/source", job.source().kafka(), job.source().sql(), job.source().file());
    single("/sink", job.sink().kafka(), job.sink().sql(), job.sink().file());
    if (job.source().kafka() != null)
      oneOf(
          "/source/kafka/startingOffsets",
          job.source().kafka().startingOffsets(),
          "earliest",
          "latest");
    if (job.source().file() != null) {
      oneOf("/source/file/format", job.source().file().format(), "jsonl", "tsv");
      require(
          job.source().file().format().equals("jsonl") || job.source().file().columns() != null,
          "/source/file/columns",
          "is missing",
          "name the columns of the tsv file");
    }
    if (job.sink().kafka() != null)
      oneOf(
          "/sink/kafka/guarantee", job.sink().kafka().guarantee(), "exactly-once", "at-least-once");
    require(
        job.source().sql() == null || job.plan().id() != null,
        "/plan/id",
        "is missing, and rows of a table have no position to be known by",
        "give the agent an id pointer");
    require(
        !job.workers().targets().isEmpty(),
        "/workers/targets",
        "is empty",
        "name host:port of the workers");
    for (String target : job.workers().targets())
      require(
          target.matches("(\\[[0-9a-fA-F:]+]|[^:/\\s]+):\\d{1,5}"),
          "/workers/targets",
          "has \"%s\"".formatted(target),
          "write host:port");
    require(
        job.workers().tls() != null || job.development(),
        "/workers/tls",
        "is missing: runs carry memory and records, which do not cross a network in plain text",
        "name the directory of the certificates; development: true allows plain text on one"
            + " machine");
    if (job.guard() != null) {
      require(
          job.guard().permit().contains(":/"),
          "/guard/permit",
          "is \"%s\"".formatted(job.guard().permit()),
          "write a URI of a file system that Flink has");
      require(
          job.guard().poll() >= 1,
          "/guard/poll",
          "is %d".formatted(job.guard().poll()),
          "1 or more");
    }
    if (job.replay() != null)
      require(
          job.plan().id() != null,
          "/plan/id",
          "is missing, and positions are others in another Kafka",
          "give the agent an id pointer");
    return job;
  }

  private static void single(String pointer, Object... kinds) {
    long given = Stream.of(kinds).filter(Objects::nonNull).count();
    require(
        given == 1,
        pointer,
        "names %d kinds".formatted(given),
        "name exactly one of kafka, sql and file");
  }

  private static void oneOf(String pointer, String value, String... allowed) {
    require(
        Stream.of(allowed).anyMatch(one -> one.equals(value)),
        pointer,
        "is \"%s\"".formatted(value),
        "one of " + String.join(", ", allowed));
  }

  private static void require(boolean holds, String pointer, String message, String mend) {
    if (!holds) throw new SpecificationException(pointer, message, mend);
  }

  private static String pointer(JsonMappingException e) {
    return e.getPath().stream()
        .map(step -> "/" + (step.getFieldName() == null ? step.getIndex() : step.getFieldName()))
        .collect(Collectors.joining());
  }
}
