package dev.headrace.flink.agent.wire;

import dev.headrace.flink.wire.OperatorFrame;
import dev.headrace.flink.wire.WorkerFrame;
import io.grpc.MethodDescriptor;
import io.grpc.protobuf.ProtoUtils;

/** The one method of the service {@code headrace.worker.v1.AgentWorker}. */
public final class AgentWorkerMethod {
  /** Version of the protocol that this operator speaks. */
  public static final int PROTOCOL = 1;

  public static final MethodDescriptor<OperatorFrame, WorkerFrame> RUN =
      MethodDescriptor.<OperatorFrame, WorkerFrame>newBuilder()
          .setType(MethodDescriptor.MethodType.BIDI_STREAMING)
          .setFullMethodName("headrace.worker.v1.AgentWorker/Run")
          .setRequestMarshaller(ProtoUtils.marshaller(OperatorFrame.getDefaultInstance()))
          .setResponseMarshaller(ProtoUtils.marshaller(WorkerFrame.getDefaultInstance()))
          .build();

  private AgentWorkerMethod() {}
}
