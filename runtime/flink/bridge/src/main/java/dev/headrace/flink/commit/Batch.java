package dev.headrace.flink.commit;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.core.io.SimpleVersionedSerialization;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;

/**
 * What a writer gave for one checkpoint and is not committed.
 *
 * @param since milliseconds since 1970
 */
record Batch<C>(long checkpoint, long since, List<CommitRequest<C>> requests) {

  Batch(long checkpoint, long since) {
    this(checkpoint, since, new ArrayList<>());
  }

  /** In the committer's state: a whole batch is one element, so that rescaling does not part it. */
  static final class Serializer<C> implements SimpleVersionedSerializer<Batch<C>> {
    private final SimpleVersionedSerializer<C> committables;

    Serializer(SimpleVersionedSerializer<C> committables) {
      this.committables = committables;
    }

    @Override
    public int getVersion() {
      return 1;
    }

    @Override
    public byte[] serialize(Batch<C> batch) throws IOException {
      var out = new DataOutputSerializer(256);
      out.writeLong(batch.checkpoint);
      out.writeLong(batch.since);
      out.writeInt(batch.requests.size());
      for (CommitRequest<C> request : batch.requests)
        SimpleVersionedSerialization.writeVersionAndSerialize(
            committables, request.getCommittable(), out);
      return out.getCopyOfBuffer();
    }

    @Override
    public Batch<C> deserialize(int version, byte[] bytes) throws IOException {
      if (version != 1) throw new IOException("held committables of version " + version);
      var in = new DataInputDeserializer(bytes);
      var batch = new Batch<C>(in.readLong(), in.readLong());
      for (int left = in.readInt(); left > 0; left--)
        batch.requests.add(
            new CommitRequest<>(
                SimpleVersionedSerialization.readVersionAndDeSerialize(committables, in)));
      return batch;
    }
  }
}
