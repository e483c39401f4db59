package dev.headrace.flink.agent;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.headrace.flink.wire.JournalEntry;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** An input that was taken and is not finished. */
final class PendingInput {
  final String key;
  final String inputId;
  final byte[] value;

  /** Event time, milliseconds since 1970; null where the record has none. */
  final Long timestamp;

  /** Calls that finished, by index; made when there is one. */
  private TreeMap<Integer, JournalEntry> journal;

  int tries;

  /** When it was sent to a worker; for the latency metric. */
  long sentNanos;

  PendingInput(String key, String inputId, byte[] value, Long timestamp) {
    this.key = key;
    this.inputId = inputId;
    this.value = value;
    this.timestamp = timestamp;
  }

  void record(JournalEntry entry) {
    if (journal == null) journal = new TreeMap<>();
    journal.put(entry.getIndex(), entry);
  }

  Iterable<JournalEntry> journal() {
    return journal == null ? List.of() : journal.values();
  }

  void recordAll(Map<Integer, JournalEntry> entries) {
    entries.values().forEach(this::record);
  }

  byte[] toBytes() {
    var state =
        dev.headrace.flink.wire.PendingInput.newBuilder()
            .setInputId(inputId)
            .setValue(ByteString.copyFrom(value))
            .setTries(tries)
            .addAllJournal(journal());
    if (timestamp != null) state.setTimestamp(timestamp);
    return state.build().toByteArray();
  }

  static PendingInput fromBytes(String key, byte[] bytes) {
    dev.headrace.flink.wire.PendingInput state;
    try {
      state = dev.headrace.flink.wire.PendingInput.parseFrom(bytes);
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException("the pending input of key " + key + " cannot be read", e);
    }
    var input =
        new PendingInput(
            key,
            state.getInputId(),
            state.getValue().toByteArray(),
            state.hasTimestamp() ? state.getTimestamp() : null);
    input.tries = state.getTries();
    state.getJournalList().forEach(input::record);
    return input;
  }
}
