package dev.headrace.flink.checkpoint;

import java.io.IOException;
import java.util.Collection;
import java.util.Map;
import java.util.TreeMap;
import org.apache.flink.runtime.checkpoint.OperatorState;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.state.AbstractChannelStateHandle;
import org.apache.flink.runtime.state.AbstractMergedChannelStateHandle;
import org.apache.flink.runtime.state.IncrementalKeyedStateHandle.HandleAndLocalPath;
import org.apache.flink.runtime.state.IncrementalRemoteKeyedStateHandle;
import org.apache.flink.runtime.state.KeyGroupsStateHandle;
import org.apache.flink.runtime.state.OperatorStateHandle;
import org.apache.flink.runtime.state.StateObject;
import org.apache.flink.runtime.state.changelog.ChangelogStateBackendHandle;
import org.apache.flink.runtime.state.changelog.ChangelogStateHandleStreamImpl;
import org.apache.flink.runtime.state.changelog.inmemory.InMemoryChangelogStateHandle;
import org.apache.flink.runtime.state.filemerging.EmptySegmentFileStateHandle;
import org.apache.flink.runtime.state.filemerging.SegmentFileStateHandle;
import org.apache.flink.runtime.state.filesystem.FileStateHandle;
import org.apache.flink.runtime.state.memory.ByteStreamStateHandle;

/**
 * Finds every file that the states of a checkpoint lie in. A kind of state it does not know is an
 * error.
 */
final class StateFiles {
  /** Size by path; null where only segments of the file are known. */
  private final Map<String, Long> files = new TreeMap<>();

  Map<String, Long> found() {
    return files;
  }

  void add(OperatorState operator) throws IOException {
    add(operator.getCoordinatorState());
    for (OperatorSubtaskState subtask : operator.getStates()) {
      addAll(subtask.getManagedKeyedState());
      addAll(subtask.getRawKeyedState());
      addAll(subtask.getManagedOperatorState());
      addAll(subtask.getRawOperatorState());
      addAll(subtask.getInputChannelState());
      addAll(subtask.getResultSubpartitionState());
      addAll(subtask.getUpstreamOutputBufferState());
    }
  }

  private void addAll(Collection<? extends StateObject> states) throws IOException {
    for (StateObject state : states) add(state);
  }

  private void add(StateObject state) throws IOException {
    if (state == null
        || state instanceof ByteStreamStateHandle
        || state instanceof InMemoryChangelogStateHandle
        || state instanceof EmptySegmentFileStateHandle) return;
    if (state instanceof FileStateHandle file) {
      files.put(file.getFilePath().toString(), file.getStateSize());
    } else if (state instanceof SegmentFileStateHandle segment) {
      files.putIfAbsent(segment.getFilePath().toString(), null);
    } else if (state instanceof KeyGroupsStateHandle keyed) {
      add(keyed.getDelegateStateHandle());
    } else if (state instanceof OperatorStateHandle operator) {
      add(operator.getDelegateStateHandle());
    } else if (state instanceof IncrementalRemoteKeyedStateHandle incremental) {
      add(incremental.getMetaDataStateHandle());
      for (HandleAndLocalPath shared : incremental.getSharedState()) add(shared.getHandle());
      for (HandleAndLocalPath own : incremental.getPrivateState()) add(own.getHandle());
    } else if (state instanceof ChangelogStateBackendHandle changelog) {
      addAll(changelog.getMaterializedStateHandles());
      addAll(changelog.getNonMaterializedStateHandles());
    } else if (state instanceof ChangelogStateHandleStreamImpl changes) {
      for (var part : changes.getHandlesAndOffsets()) add(part.f0);
    } else if (state instanceof AbstractChannelStateHandle<?> channel) {
      add(channel.getDelegate());
    } else if (state instanceof AbstractMergedChannelStateHandle<?, ?> channels) {
      add(channels.getDelegate());
    } else {
      throw new IOException("HR-FLINK-020 a kind of state that is not known: " + state.getClass());
    }
  }
}
