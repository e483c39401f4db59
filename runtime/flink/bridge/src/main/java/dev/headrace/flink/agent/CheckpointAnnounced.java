package dev.headrace.flink.agent;

import org.apache.flink.runtime.operators.coordination.OperatorEvent;

/** A checkpoint or savepoint was triggered: its barriers are on their way. */
record CheckpointAnnounced(long checkpointId) implements OperatorEvent {}
