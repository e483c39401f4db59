package dev.headrace.flink.state;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import org.apache.flink.core.fs.FileSystem;
import org.apache.flink.core.fs.Path;
import org.apache.flink.core.fs.RecoverableFsDataOutputStream;
import org.apache.flink.core.fs.RecoverableWriter;
import org.apache.flink.core.fs.RecoverableWriter.CommitRecoverable;
import org.apache.flink.core.fs.RecoverableWriter.ResumeRecoverable;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StateRecoverableWriterTest {
  private static final Path TARGET = new Path("state://area/part-0");

  @TempDir java.nio.file.Path root;
  private RecoverableWriter writer;

  @BeforeEach
  void openTheWriter() throws IOException {
    writer = writerOn(root);
  }

  @Test
  void aFileIsThereOnlyAfterItsCommit() throws IOException {
    RecoverableFsDataOutputStream out = open("hello");
    RecoverableFsDataOutputStream.Committer committer = out.closeForCommit();
    assertThat(root.resolve("area/part-0")).doesNotExist();
    committer.commit();
    assertThat(root.resolve("area/part-0")).hasContent("hello");
  }

  @Test
  void aFileIsContinuedByAnotherProcessFromItsPersistedPoint() throws IOException {
    RecoverableFsDataOutputStream out = open("kept");
    byte[] persisted = bytes(writer.getResumeRecoverableSerializer(), out.persist());
    out.write(" and lost".getBytes(UTF_8));
    out.close();

    RecoverableWriter other = writerOn(root);
    ResumeRecoverable resumable = from(other.getResumeRecoverableSerializer(), persisted);
    assertThat(((StateRecoverable) resumable).target()).isEqualTo(TARGET);
    assertThat(other.supportsResume()).isTrue();
    try (RecoverableFsDataOutputStream again = other.recover(resumable)) {
      assertThat(again.getPos()).isEqualTo(4);
      again.write(" and continued".getBytes(UTF_8));
      again.closeForCommit().commit();
    }
    assertThat(root.resolve("area/part-0")).hasContent("kept and continued");
  }

  @Test
  void aCommitIsRepeatedAfterARecoveryWithoutHarm() throws IOException {
    CommitRecoverable recoverable = open("hello").closeForCommit().getRecoverable();
    byte[] persisted = bytes(writer.getCommitRecoverableSerializer(), recoverable);

    RecoverableWriter other = writerOn(root);
    CommitRecoverable again = from(other.getCommitRecoverableSerializer(), persisted);
    other.recoverForCommit(again).commitAfterRecovery();
    other.recoverForCommit(again).commitAfterRecovery();
    assertThat(other.recoverForCommit(again).getRecoverable()).isInstanceOf(StateRecoverable.class);
    assertThat(root.resolve("area/part-0")).hasContent("hello");
  }

  @Test
  void aPersistedPointMayBeCommittedAsItIs() throws IOException {
    RecoverableFsDataOutputStream out = open("kept");
    ResumeRecoverable point = out.persist();
    out.close();
    byte[] persisted = bytes(writer.getCommitRecoverableSerializer(), point);
    writer
        .recoverForCommit(from(writer.getCommitRecoverableSerializer(), persisted))
        .commitAfterRecovery();
    assertThat(root.resolve("area/part-0")).hasContent("kept");
  }

  @Test
  void aFileInProgressIsNotTouchedFromAnotherRoot(@TempDir java.nio.file.Path elsewhere)
      throws IOException {
    RecoverableFsDataOutputStream out = open("kept");
    ResumeRecoverable resumable = out.persist();
    out.close();
    RecoverableWriter moved = writerOn(elsewhere);
    assertThatThrownBy(() -> moved.recover(resumable))
        .isInstanceOf(StateFsException.class)
        .hasMessageStartingWith("HR-STATEFS-009: state://area/part-0 ")
        .hasMessageContaining(elsewhere.getFileName().toString());
    assertThatThrownBy(() -> moved.recoverForCommit(resumable))
        .hasMessageContaining("HR-STATEFS-009");
    assertThatThrownBy(() -> moved.cleanupRecoverableState(resumable))
        .hasMessageContaining("HR-STATEFS-009");
    try (var left = Files.list(elsewhere)) {
      assertThat(left).isEmpty();
    }
  }

  @Test
  void aRecoverableOfAnotherFileSystemOrFormatIsRefused() {
    CommitRecoverable foreign = new CommitRecoverable() {};
    assertThatThrownBy(() -> writer.recoverForCommit(foreign))
        .hasMessageContaining("HR-STATEFS-008");
    assertThatThrownBy(() -> writer.getCommitRecoverableSerializer().deserialize(2, new byte[0]))
        .isInstanceOf(StateFsException.class)
        .hasMessageContaining("HR-STATEFS-008");
  }

  private RecoverableFsDataOutputStream open(String content) throws IOException {
    RecoverableFsDataOutputStream out = writer.open(TARGET);
    out.write(content.getBytes(UTF_8));
    return out;
  }

  private static RecoverableWriter writerOn(java.nio.file.Path root) throws IOException {
    StatePaths paths = new StatePaths(StateRoot.parse(root.toUri().toString()), "area");
    return new StateFileSystem(FileSystem.getLocalFileSystem(), paths).createRecoverableWriter();
  }

  private static <R> byte[] bytes(SimpleVersionedSerializer<R> serializer, R recoverable)
      throws IOException {
    return serializer.serialize(recoverable);
  }

  private static <R> R from(SimpleVersionedSerializer<R> serializer, byte[] bytes)
      throws IOException {
    return serializer.deserialize(serializer.getVersion(), bytes);
  }
}
