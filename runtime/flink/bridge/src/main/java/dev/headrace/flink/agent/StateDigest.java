package dev.headrace.flink.agent;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.common.accumulators.LongCounter;
import org.apache.flink.api.common.functions.RuntimeContext;

/**
 * A digest of what keyed state holds, whatever the order, the backend and the key groups: for each
 * entry SHA-256 over the state's name, the key, the entry's name and its value, each behind its
 * length; the digests are added up as four numbers of 64 bits.
 *
 * <p>Accumulators of the job tell it, and how many entries there were.
 */
final class StateDigest {
  static final String ENTRIES = "restored-state-entries";
  static final String PART = "restored-state-digest-";
  private static final int PARTS = 4;

  private final LongCounter entries = new LongCounter();
  private final List<LongCounter> parts = new ArrayList<>();
  private final MessageDigest sha256;

  StateDigest() throws NoSuchAlgorithmException {
    sha256 = MessageDigest.getInstance("SHA-256");
    for (int i = 0; i < PARTS; i++) parts.add(new LongCounter());
  }

  /** Tells the digest once it is complete: accumulators are read at any time. */
  void publish(RuntimeContext context) {
    for (int i = 0; i < PARTS; i++) context.addAccumulator(PART + i, parts.get(i));
    context.addAccumulator(ENTRIES, entries);
  }

  void add(String state, String key, String name, byte[] value) {
    for (String text : List.of(state, key, name)) update(text.getBytes(StandardCharsets.UTF_8));
    update(value);
    ByteBuffer digest = ByteBuffer.wrap(sha256.digest());
    for (LongCounter part : parts) part.add(digest.getLong());
    entries.add(1L);
  }

  private void update(byte[] bytes) {
    sha256.update(ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).array());
    sha256.update(bytes);
  }
}
