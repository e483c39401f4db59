/** The one matrix of versions that are tested together. */
export const VERSIONS = {
  headrace: '0.1.0',
  flink: '2.3.0',
  flinkKafkaConnector: '5.0.0-2.2',
  java: '17',
  node: '24.21.0',
  kafka: '4.1.0',
  /** Kubernetes minors that charts are validated against, the default last. */
  kubernetes: ['1.33', '1.34'],
  terraform: '1.11.4',
  /** Terraform providers: the versions that the typed bindings were made from, up to the next major one. */
  providers: { aws: '~> 6.25', azure: '~> 4.55', gcp: '~> 6.50' },
} as const;
