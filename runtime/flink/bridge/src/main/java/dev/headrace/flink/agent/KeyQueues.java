package dev.headrace.flink.agent;

import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;

/**
 * Inputs that were taken and are not finished, in order for each key. The first one of a key may
 * run; the others wait behind it.
 */
final class KeyQueues {
  private final Map<String, Deque<PendingInput>> queues = new HashMap<>();

  /** First ones of their keys that wait for a worker. */
  private final Deque<PendingInput> ready = new ArrayDeque<>();

  private int size;
  private long bytes;

  int size() {
    return size;
  }

  /** Bytes of the records. */
  long bytes() {
    return bytes;
  }

  void add(PendingInput input) {
    size++;
    bytes += input.value.length;
    Deque<PendingInput> queue = queues.get(input.key);
    if (queue == null) {
      queue = new ArrayDeque<>(2);
      queues.put(input.key, queue);
      ready.add(input);
    }
    queue.add(input);
  }

  /** The next input that may be sent; null when there is none. */
  PendingInput peekReady() {
    return ready.peek();
  }

  void removeReady() {
    ready.remove();
  }

  /** It may be sent again, before others: it came before them. */
  void readyFirst(PendingInput input) {
    ready.addFirst(input);
  }

  /** It may be sent again, in its turn. */
  void readyLast(PendingInput input) {
    ready.add(input);
  }

  /** Forgets the first input of a key, and lets the next one run. */
  void finished(PendingInput input) {
    size--;
    bytes -= input.value.length;
    Deque<PendingInput> queue = queues.get(input.key);
    queue.remove();
    PendingInput next = queue.peek();
    if (next == null) queues.remove(input.key);
    else ready.add(next);
  }

  /** All of them, by key. */
  Map<String, ? extends Collection<PendingInput>> byKey() {
    return queues;
  }
}
