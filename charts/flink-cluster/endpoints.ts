import type { DeploymentModel } from '../../config/index.ts';

/** Ports of managed Kafka: plain, TLS and SASL, IAM of Amazon MSK. */
const MANAGED = [9092, 9093, 9098];

/** `host:port` of brokers and quorum members that no stack makes. */
export function ownEndpoints({ source, sink, flink }: DeploymentModel): string[] {
  const brokers = [source.kafka?.bootstrap, sink.kafka?.bootstrap].flatMap((one) => (Array.isArray(one) ? one : []));
  return [...brokers, ...(flink.highAvailability === 'zookeeper' ? (flink.zookeeper ?? []) : [])];
}

/** Ports outside of the cluster that Flink connects to: TLS, brokers, ZooKeeper. */
export function egressPorts(deployment: DeploymentModel): number[] {
  const own = ownEndpoints(deployment).map((endpoint) => Number(endpoint.split(':')[1]));
  return [...new Set([443, ...MANAGED, ...own])].sort((a, b) => a - b);
}
