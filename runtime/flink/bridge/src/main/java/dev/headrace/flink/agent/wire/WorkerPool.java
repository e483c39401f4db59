package dev.headrace.flink.agent.wire;

import dev.headrace.flink.wire.OperatorHello;
import io.grpc.Status;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The workers of one subtask: found by DNS, connected with back-off, chosen by fewest runs in
 * flight. Everything but name resolution happens on the task's thread.
 */
public final class WorkerPool implements AutoCloseable, WorkerStream.Events {
  private static final Logger LOG = LoggerFactory.getLogger(WorkerPool.class);
  private static final long RESOLVE_MS = 3_000;
  private static final long TICK_MS = 100;
  private static final long HELLO_MS = 15_000;
  private static final long FIRST_BACKOFF_MS = 100;
  private static final long MAX_BACKOFF_MS = 5_000;

  /** A worker that said no is another one after its replacement, at the same address at times. */
  private static final long REFUSED_BACKOFF_MS = 5_000;

  private static final long COMPLAIN_MS = 10_000;
  private static final int MAILS_A_TURN = 64;

  /** Puts tasks into the task's mailbox. */
  @FunctionalInterface
  public interface Mailbox {
    void execute(Runnable task);
  }

  private final WorkerAddresses addresses;
  private final OperatorHello hello;
  private final Mailbox mailbox;
  private final Runnable onCapacity;
  private final WorkerChannels channels;
  private final ScheduledExecutorService timer;
  private final Queue<WorkerStream.Mail> inbox = new ConcurrentLinkedQueue<>();
  private final AtomicBoolean mailed = new AtomicBoolean();
  private final AtomicBoolean flushPlanned = new AtomicBoolean();
  private final Map<String, Worker> workers = new TreeMap<>();
  private String unresolved;
  private long servedAt;
  private long complainedAt;
  private boolean closed;

  /** An address, with its stream while there is one. */
  private static final class Worker {
    final InetSocketAddress address;
    final String host;
    WorkerStream stream;
    boolean listed = true;
    long nextTry;
    long startedAt;
    int failures;
    String problem = "not connected yet";

    Worker(InetSocketAddress address, String host) {
      this.address = address;
      this.host = host;
    }
  }

  /**
   * @param onCapacity called on the task's thread when a worker may have become able to take runs
   * @throws IllegalStateException when the certificates cannot be read
   */
  public WorkerPool(
      WorkerAddresses addresses,
      OperatorHello hello,
      String name,
      Mailbox mailbox,
      Runnable onCapacity) {
    this.addresses = addresses;
    this.hello = hello;
    this.mailbox = mailbox;
    this.onCapacity = onCapacity;
    channels = new WorkerChannels(addresses);
    timer =
        Executors.newSingleThreadScheduledExecutor(
            task -> {
              var thread = new Thread(task, "headrace-workers-" + name);
              thread.setDaemon(true);
              return thread;
            });
    servedAt = complainedAt = System.currentTimeMillis();
    timer.scheduleWithFixedDelay(this::resolve, 0, RESOLVE_MS, TimeUnit.MILLISECONDS);
    timer.scheduleWithFixedDelay(() -> post(this::tick), TICK_MS, TICK_MS, TimeUnit.MILLISECONDS);
  }

  /** Workers that runs can be sent to, or that have runs. */
  public int connected() {
    int count = 0;
    for (Worker worker : workers.values())
      if (worker.stream != null && worker.stream.isReady()) count++;
    return count;
  }

  /** The worker with the fewest runs of those that take more; null when none does. */
  private WorkerStream choose() {
    WorkerStream best = null;
    for (Worker worker : workers.values()) {
      WorkerStream stream = worker.stream;
      if (stream == null || !stream.accepts()) continue;
      if (best == null || stream.outstanding() < best.outstanding()) best = stream;
    }
    return best;
  }

  /**
   * Sends a run to a worker.
   *
   * @return false when no worker takes runs now
   */
  public boolean send(RunHandle run) throws Exception {
    WorkerStream stream = choose();
    if (stream == null) return false;
    stream.send(run, run.request());
    return true;
  }

  @Override
  public void close() {
    closed = true;
    timer.shutdownNow();
    for (Worker worker : workers.values()) if (worker.stream != null) worker.stream.shutdown();
  }

  @Override
  public void ready(WorkerStream stream, String name) {
    Worker worker = workers.get(stream.place);
    if (worker != null) {
      worker.failures = 0;
      worker.problem = null;
    }
    LOG.info("worker {} at {} takes runs of {}", name, stream.place, hello.getJob());
  }

  @Override
  public void capacity() {
    onCapacity.run();
  }

  @Override
  public void buffered() {
    if (flushPlanned.compareAndSet(false, true)) {
      try {
        timer.schedule(() -> post(this::flush), 500, TimeUnit.MICROSECONDS);
      } catch (RejectedExecutionException e) {
        // Closed: what is buffered is sent nowhere.
      }
    }
  }

  private void flush() {
    flushPlanned.set(false);
    for (Worker worker : workers.values()) if (worker.stream != null) worker.stream.flush();
  }

  @Override
  public void ended(WorkerStream stream, Status status) {
    Worker worker = workers.get(stream.place);
    if (worker == null || worker.stream != stream) return;
    boolean refused = status.getCode() == Status.Code.FAILED_PRECONDITION;
    boolean served = stream.wasReady();
    worker.stream = null;
    worker.failures++;
    worker.problem = refused ? status.getDescription() : ConnectionFailure.describe(status);
    long backoff = Math.min(FIRST_BACKOFF_MS << Math.min(worker.failures - 1, 10), MAX_BACKOFF_MS);
    worker.nextTry = System.currentTimeMillis() + (refused ? REFUSED_BACKOFF_MS : backoff);
    if (refused)
      LOG.warn("worker at {} refuses job {}: {}", stream.place, hello.getJob(), worker.problem);
    else if (served) LOG.info("worker at {} is gone: {}", stream.place, worker.problem);
    if (!worker.listed) workers.remove(stream.place);
  }

  /** Finds the addresses of all targets, on the pool's own thread: resolution blocks. */
  private void resolve() {
    Map<String, InetSocketAddress> found = new LinkedHashMap<>();
    Map<String, String> hosts = new LinkedHashMap<>();
    List<String> failed = new ArrayList<>();
    for (String target : addresses.targets()) {
      String host = WorkerAddresses.host(target);
      try {
        for (InetAddress address : InetAddress.getAllByName(host)) {
          var socket = new InetSocketAddress(address, WorkerAddresses.port(target));
          String place = address.getHostAddress() + ":" + socket.getPort();
          found.put(place, socket);
          hosts.put(place, host);
        }
      } catch (UnknownHostException e) {
        failed.add(host);
      }
    }
    post(() -> resolved(found, hosts, failed));
  }

  private void resolved(
      Map<String, InetSocketAddress> found, Map<String, String> hosts, List<String> failed) {
    unresolved = failed.isEmpty() ? null : String.join(", ", failed) + ": no such name";
    found.forEach(
        (place, address) ->
            workers.computeIfAbsent(place, p -> new Worker(address, hosts.get(p))).listed = true);
    // A worker that drains leaves DNS before it is done: its stream lives on.
    for (Worker worker : workers.values())
      if (!found.containsKey(place(worker))) worker.listed = false;
    workers.values().removeIf(worker -> !worker.listed && worker.stream == null);
    tick();
  }

  private static String place(Worker worker) {
    return worker.address.getAddress().getHostAddress() + ":" + worker.address.getPort();
  }

  /**
   * Connects where it is time, gives up on workers that say nothing, and complains when nobody
   * serves the job.
   */
  private void tick() {
    long now = System.currentTimeMillis();
    for (Worker worker : workers.values()) {
      if (worker.stream == null && worker.listed && now >= worker.nextTry) {
        String problem = channels.reload();
        if (problem != null) LOG.warn("new certificates are not used: {}", problem);
        worker.startedAt = now;
        worker.stream =
            new WorkerStream(
                place(worker), channels.open(worker.address, worker.host), hello, this, this::post);
      } else if (worker.stream != null
          && !worker.stream.isReady()
          && now - worker.startedAt > HELLO_MS) {
        worker.stream.cancel("no hello within %d ms".formatted(HELLO_MS));
      }
    }
    if (connected() > 0) {
      servedAt = now;
    } else if (now - servedAt >= COMPLAIN_MS && now - complainedAt >= COMPLAIN_MS) {
      complainedAt = now;
      LOG.warn("{}", complaint(workers.values()));
    }
  }

  private String complaint(Collection<Worker> known) {
    String problems =
        known.stream()
            .map(worker -> place(worker) + ": " + worker.problem)
            .collect(Collectors.joining("; "));
    if (unresolved != null)
      problems = problems.isEmpty() ? unresolved : problems + "; " + unresolved;
    return "no worker serves job %s (plan %.12s), so it waits: %s"
        .formatted(hello.getJob(), hello.getPlanHash(), problems);
  }

  /** Runs a task on the task's thread; many at once are one mail. */
  private void post(WorkerStream.Mail mail) {
    inbox.add(mail);
    wake();
  }

  private void wake() {
    if (!mailed.compareAndSet(false, true)) return;
    try {
      mailbox.execute(this::readInbox);
    } catch (RejectedExecutionException e) {
      // The task has ended: nobody reads the inbox any more.
    }
  }

  private void readInbox() {
    mailed.set(false);
    // Not without end: barriers and inputs have their turn between two batches.
    for (int read = 0; read < MAILS_A_TURN && !closed; read++) {
      WorkerStream.Mail mail = inbox.poll();
      if (mail == null) return;
      try {
        mail.run();
      } catch (RuntimeException e) {
        throw e;
      } catch (Exception e) {
        throw new RunFailure(e);
      }
    }
    if (!closed && !inbox.isEmpty()) wake();
  }

  /** Carries a checked exception out of a mail. */
  public static final class RunFailure extends RuntimeException {
    private static final long serialVersionUID = 1L;

    RunFailure(Exception cause) {
      super(cause);
    }
  }
}
