package dev.headrace.flink.commit;

import java.io.Closeable;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.flink.core.fs.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The permit as it was when it was last read, off the task's thread. */
final class Permits implements Closeable {
  private static final Logger LOG = LoggerFactory.getLogger(Permits.class);
  private static final long SAY_MS = 60_000;

  private final Path path;
  private final ExecutorService reader =
      Executors.newSingleThreadExecutor(
          task -> {
            var thread = new Thread(task, "commit permit");
            thread.setDaemon(true);
            return thread;
          });
  private final AtomicBoolean reading = new AtomicBoolean();
  private volatile Permit latest;
  private volatile long said;

  Permits(String uri) {
    path = new Path(uri);
  }

  /** Null before the first one was read. */
  Permit latest() {
    return latest;
  }

  /** Reads it again, unless that is under way. */
  void refresh() {
    if (!reading.compareAndSet(false, true)) return;
    try {
      reader.execute(
          () -> {
            try {
              read();
            } finally {
              reading.set(false);
            }
          });
    } catch (RejectedExecutionException e) {
      reading.set(false);
    }
  }

  /** Reads it on this thread. A store that does not answer leaves what was known. */
  Permit read() {
    try (InputStream in = path.getFileSystem().open(path)) {
      latest = Permit.of(in.readAllBytes());
    } catch (FileNotFoundException e) {
      say("there is none yet: does headrace job supervise run?", null);
    } catch (IOException | RuntimeException e) {
      say("it cannot be read", e);
    }
    return latest;
  }

  private void say(String what, Exception cause) {
    long now = System.currentTimeMillis();
    if (now - said < SAY_MS) return;
    said = now;
    LOG.warn("HR-FLINK-031 outputs wait for the permit {}: {}", path, what, cause);
  }

  @Override
  public void close() {
    reader.shutdownNow();
  }
}
