package dev.headrace.flink.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SpecificationReaderTest {
  private static final String JOB =
      """
      {"version":1,"name":"reviews","region":"us","epoch":1,"development":true,
       "plan":{"version":1,"name":"a","hash":"h","key":"/k","memory":{"n":{}},"more":[]},
       "parallelism":2,"maxParallelism":128,"inFlight":10,
       "retry":{"attempts":5,"initialBackoff":100,"maxBackoff":1000,"onFailure":"dead-letter"},
       "memory":{"ttl":null},"journal":{"mode":"checkpoint"},
       "source":{"kafka":{"topic":"in","bootstrap":["b:9092"],"group":"g","startingOffsets":"earliest","properties":{}}},
       "sink":{"file":{"path":"/out"}},
       "workers":{"targets":["worker:7443"],"tls":null}}
      """;

  private static JobSpecification parse(String json) {
    return SpecificationReader.parse(json.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void readsASpecification() throws Exception {
    JobSpecification job =
        SpecificationReader.read(
            "base64:" + Base64.getEncoder().encodeToString(JOB.getBytes(StandardCharsets.UTF_8)));
    assertThat(job.plan().memory()).containsOnlyKeys("n");
    assertThat(job.source().kafka().topic()).isEqualTo("in");
    assertThat(job.memory().ttl()).isNull();
    assertThat(job.rehearsal()).isFalse();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "\"version\":1,\"name\"|\"version\":2,\"name\"|/version: is 2; this job reads version 1",
        "\"epoch\":1|\"epoch\":1,\"bogus\":1|/bogus: is not known",
        "\"group\":\"g\"|\"group\":\"g\",\"offset\":1|/source/kafka/offset: is not known",
        "\"topic\":\"in\",||/source/kafka/topic: Missing required",
        "\"parallelism\":2|\"parallelism\":0|/parallelism: is 0 (1 or more)",
        "\"parallelism\":2|\"parallelism\":\"two\"|/parallelism: ",
        "\"earliest\"|\"first\"|/source/kafka/startingOffsets: is \"first\" (one of earliest,"
            + " latest)",
        "\"mode\":\"checkpoint\"|\"mode\":\"kafka\"|/journal/topic: is missing",
        "\"sink\":{|\"sink\":{\"sql\":{\"ddl\":\"x\",\"table\":\"t\"},|/sink: names 2 kinds",
        "worker:7443|worker|/workers/targets: has \"worker\" (write host:port)",
        "\"development\":true|\"development\":false|/workers/tls: is missing: runs carry memory and"
            + " records",
      })
  void saysWhereASpecificationIsWrong(String find, String replacement, String message) {
    String changed = JOB.replace(find, replacement == null ? "" : replacement);
    assertThat(changed).isNotEqualTo(JOB);
    assertThatThrownBy(() -> parse(changed))
        .isInstanceOf(SpecificationException.class)
        .hasMessageContaining("HR-FLINK-010 job specification " + message);
  }

  @Test
  void rowsOfATableNeedAnId() {
    String sql =
        JOB.replaceAll(
            "\"source\":.*\n", "\"source\":{\"sql\":{\"ddl\":\"x\",\"table\":\"t\"}},\n");
    assertThatThrownBy(() -> parse(sql)).hasMessageContaining("/plan/id: is missing");
    assertThat(parse(sql.replace("\"key\":\"/k\"", "\"key\":\"/k\",\"id\":\"/i\"")).plan().id())
        .isEqualTo("/i");
  }
}
