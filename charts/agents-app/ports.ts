/** Health and Prometheus' metrics of the release's own processes; the gRPC port of workers is `WORKER_PORT`. */
export const HEALTH_PORT = 8080;
