package dev.headrace.flink.job;

import java.nio.charset.StandardCharsets;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.sink2.SinkWriter;
import org.apache.flink.api.connector.sink2.WriterInitContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes lines to the log of the TaskManager. */
final class LogSink implements Sink<byte[]> {
  private static final long serialVersionUID = 1L;
  private static final Logger LOG = LoggerFactory.getLogger("dev.headrace.flink.deadletters");

  @Override
  public SinkWriter<byte[]> createWriter(WriterInitContext context) {
    return new SinkWriter<>() {
      @Override
      public void write(byte[] line, Context place) {
        LOG.error("{}", new String(line, StandardCharsets.UTF_8));
      }

      @Override
      public void flush(boolean endOfInput) {}

      @Override
      public void close() {}
    };
  }
}
