package dev.headrace.flink.state;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import org.apache.flink.core.fs.Path;
import org.apache.flink.core.fs.RecoverableWriter.CommitRecoverable;
import org.apache.flink.core.io.SimpleVersionedSerializer;

/**
 * Writes a recoverable as: logical path, root, version of the inner format, length and bytes of the
 * inner recoverable.
 *
 * @param <R> the recoverable that Flink sees
 * @param <I> the recoverable of the root's file system
 */
final class StateRecoverableSerializer<R extends CommitRecoverable, I extends CommitRecoverable>
    implements SimpleVersionedSerializer<R> {
  private static final int VERSION = 1;

  /** Puts a recoverable together again. */
  interface Wrap<R, I> {
    R wrap(Path target, String root, I inner);
  }

  private final SimpleVersionedSerializer<I> inner;
  private final Class<I> innerType;
  private final Wrap<R, I> wrap;

  StateRecoverableSerializer(
      SimpleVersionedSerializer<I> inner, Class<I> innerType, Wrap<R, I> wrap) {
    this.inner = inner;
    this.innerType = innerType;
    this.wrap = wrap;
  }

  @Override
  public int getVersion() {
    return VERSION;
  }

  @Override
  public byte[] serialize(R recoverable) throws IOException {
    StateRecoverable state = StateRecoverableWriter.ours(recoverable);
    byte[] bytes = inner.serialize(innerType.cast(state.inner()));
    ByteArrayOutputStream buffer = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(buffer)) {
      out.writeUTF(state.target().toString());
      out.writeUTF(state.root());
      out.writeInt(inner.getVersion());
      out.writeInt(bytes.length);
      out.write(bytes);
    }
    return buffer.toByteArray();
  }

  @Override
  public R deserialize(int version, byte[] serialized) throws IOException {
    if (version != VERSION) {
      throw new StateFsException(
          "HR-STATEFS-008",
          "a recoverable of format "
              + version
              + ", but this version of the plugin reads "
              + VERSION
              + " only");
    }
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(serialized))) {
      Path target = new Path(in.readUTF());
      String root = in.readUTF();
      int innerVersion = in.readInt();
      byte[] bytes = in.readNBytes(in.readInt());
      return wrap.wrap(target, root, inner.deserialize(innerVersion, bytes));
    }
  }
}
