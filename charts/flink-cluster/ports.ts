/** Ports of a Flink cluster. Flink picks some of them at random unless they are named, and a policy needs them named. */
export const PORTS = {
  /** JobManager RPC. */
  rpc: 6123,
  blob: 6124,
  /** Metrics between the processes. */
  query: 6125,
  rest: 8081,
  taskManagerRpc: 6122,
  taskManagerData: 6121,
  /** Prometheus. */
  metrics: 9249,
} as const;
