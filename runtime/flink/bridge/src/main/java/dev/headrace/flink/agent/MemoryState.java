package dev.headrace.flink.agent;

import java.time.Duration;
import org.apache.flink.api.common.state.KeyedStateStore;
import org.apache.flink.api.common.state.MapState;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.state.StateTtlConfig;
import org.apache.flink.api.common.typeinfo.PrimitiveArrayTypeInfo;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.runtime.state.KeyedStateBackend;
import org.apache.flink.runtime.state.VoidNamespace;
import org.apache.flink.runtime.state.VoidNamespaceSerializer;

/** The keyed state {@code memory}: what an agent remembers of the current key, by name. */
final class MemoryState {
  private static final String NAME = "memory";

  private final MapStateDescriptor<String, byte[]> descriptor =
      new MapStateDescriptor<>(
          NAME, Types.STRING, PrimitiveArrayTypeInfo.BYTE_PRIMITIVE_ARRAY_TYPE_INFO);
  private final MapState<String, byte[]> state;
  private final KeyedStateBackend<String> backend;

  /**
   * @param ttl milliseconds after which what was neither read nor written is gone; null: never
   */
  MemoryState(KeyedStateStore store, KeyedStateBackend<String> backend, Long ttl) {
    if (ttl != null) {
      descriptor.enableTimeToLive(
          StateTtlConfig.newBuilder(Duration.ofMillis(ttl))
              .updateTtlOnReadAndWrite()
              .neverReturnExpired()
              .build());
    }
    state = store.getMapState(descriptor);
    this.backend = backend;
  }

  /** Null where nothing is remembered. */
  byte[] get(String name) throws Exception {
    return state.get(name);
  }

  void put(String name, byte[] value) throws Exception {
    state.put(name, value);
  }

  void remove(String name) throws Exception {
    state.remove(name);
  }

  /** Adds all keys' memory. */
  void digest(StateDigest digest) throws Exception {
    backend.applyToAllKeys(
        VoidNamespace.INSTANCE,
        VoidNamespaceSerializer.INSTANCE,
        descriptor,
        (key, found) -> {
          for (var entry : found.entries()) digest.add(NAME, key, entry.getKey(), entry.getValue());
        });
  }
}
