package dev.headrace.flink.agent;

import java.util.HashSet;
import java.util.Set;
import java.util.function.Consumer;
import org.apache.flink.api.common.state.KeyedStateStore;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.typeinfo.PrimitiveArrayTypeInfo;
import org.apache.flink.runtime.state.KeyedStateBackend;
import org.apache.flink.runtime.state.VoidNamespace;
import org.apache.flink.runtime.state.VoidNamespaceSerializer;

/**
 * The keyed state {@code pending}: the unfinished inputs of each key as of the last checkpoint. It
 * is written with checkpoints only; between them the inputs are in {@link KeyQueues}.
 */
final class PendingState {
  private static final ListStateDescriptor<byte[]> DESCRIPTOR =
      new ListStateDescriptor<>("pending", PrimitiveArrayTypeInfo.BYTE_PRIMITIVE_ARRAY_TYPE_INFO);

  private final ListState<byte[]> state;
  private final KeyedStateBackend<String> backend;
  private Set<String> keys = new HashSet<>();

  PendingState(KeyedStateStore store, KeyedStateBackend<String> backend) {
    state = store.getListState(DESCRIPTOR);
    this.backend = backend;
  }

  /** Gives all inputs of the restored checkpoint, of each key in order. */
  void restore(Consumer<PendingInput> inputs) throws Exception {
    backend.applyToAllKeys(
        VoidNamespace.INSTANCE,
        VoidNamespaceSerializer.INSTANCE,
        DESCRIPTOR,
        (key, found) -> {
          for (byte[] bytes : found.get()) inputs.accept(PendingInput.fromBytes(key, bytes));
          keys.add(key);
        });
  }

  /** Adds all keys' unfinished inputs, each under its place in the key's order. */
  void digest(StateDigest digest) throws Exception {
    backend.applyToAllKeys(
        VoidNamespace.INSTANCE,
        VoidNamespaceSerializer.INSTANCE,
        DESCRIPTOR,
        (key, found) -> {
          int i = 0;
          for (byte[] bytes : found.get()) digest.add("pending", key, Integer.toString(i++), bytes);
        });
  }

  /** Replaces what the last checkpoint held. */
  void write(KeyQueues queues) throws Exception {
    for (String key : keys) {
      if (queues.byKey().containsKey(key)) continue;
      backend.setCurrentKey(key);
      state.clear();
    }
    keys = new HashSet<>(queues.byKey().keySet());
    for (var queue : queues.byKey().entrySet()) {
      backend.setCurrentKey(queue.getKey());
      state.update(queue.getValue().stream().map(PendingInput::toBytes).toList());
    }
  }
}
