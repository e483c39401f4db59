package dev.headrace.flink.job;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/** Agent jobs for tests of other packages. */
public final class AgentJobs {
  private AgentJobs() {}

  /**
   * A job whose inputs stay pending, because no worker is where it looks. They come slowly: at the
   * end of its input the operator would wait for them.
   */
  public static void endless(StreamExecutionEnvironment env, Path directory, long epoch)
      throws IOException {
    Path inputs = directory.resolve("inputs.jsonl");
    Files.writeString(
        inputs,
        IntStream.range(0, 10_000)
            .mapToObj(i -> "{\"k\":\"key-" + i + "\",\"id\":\"" + i + "\"}")
            .collect(Collectors.joining("\n", "", "\n")));
    String json =
        """
        {"version":1,"name":"reviews","region":"us","epoch":%d,"development":true,
         "plan":{"name":"a","hash":"h","key":"/k","id":"/id","memory":{"n":{}}},
         "parallelism":1,"maxParallelism":128,"inFlight":1000,
         "retry":{"attempts":5,"initialBackoff":100,"maxBackoff":1000,"onFailure":"dead-letter"},
         "memory":{"ttl":null},"journal":{"mode":"checkpoint"},
         "source":{"file":{"path":"%s","name":"in","format":"jsonl","derive":{},"rate":20,"maxLineBytes":1000}},
         "sink":{"file":{"path":"%s"}},
         "workers":{"targets":["127.0.0.1:9"],"tls":null}}
        """
            .formatted(epoch, inputs, directory.resolve("out"));
    AgentJob.build(SpecificationReader.parse(json.getBytes(StandardCharsets.UTF_8)), env);
  }
}
