import {
  type Cloud,
  type DeploymentModel,
  isActiveActive,
  jobNameOf,
  type RegionModel,
  stateDirectories,
} from '../../config/index.ts';
import { PORTS } from './ports.ts';

/** A flat part of Flink's config.yaml. */
export type FlinkConfiguration = Readonly<Record<string, string | number | boolean>>;

/**
 * Options that Flink's own launch scripts set for Java 17; replacing config.yaml without them breaks serialization.
 * Source: the config.yaml of the 2.3.0 distribution.
 */
const JAVA_OPTIONS = [
  '--add-exports=java.rmi/sun.rmi.registry=ALL-UNNAMED',
  ...['api', 'file', 'parser', 'tree', 'util'].map(
    (name) => `--add-exports=jdk.compiler/com.sun.tools.javac.${name}=ALL-UNNAMED`,
  ),
  '--add-exports=java.security.jgss/sun.security.krb5=ALL-UNNAMED',
  ...['lang', 'net', 'io', 'nio'].map((name) => `--add-opens=java.base/java.${name}=ALL-UNNAMED`),
  '--add-opens=java.base/sun.nio.ch=ALL-UNNAMED',
  ...['lang.reflect', 'text', 'time', 'util', 'util.concurrent', 'util.concurrent.atomic', 'util.concurrent.locks'].map(
    (name) => `--add-opens=java.base/java.${name}=ALL-UNNAMED`,
  ),
].join(' ');

/** The end of a directory that one job has for itself. A session cluster of active-active may run several; the operator's clusters run one. */
const ofOneJob = (deployment: DeploymentModel, region: RegionModel) =>
  isActiveActive(deployment) && deployment.flink.manager === 'standalone' ? '' : `/${jobNameOf(deployment, region)}`;

const ms = (value: number) => `${value} ms`;

/** Flink's configuration of a region, but for what pods and chart values add. Keys are those of Flink 2.3. */
export function flinkConfiguration(deployment: DeploymentModel, region: RegionModel): FlinkConfiguration {
  const directories = stateDirectories(region.stateRoot);
  const { checkpoint } = deployment.state;
  return {
    'env.java.opts.all': JAVA_OPTIONS,
    // A JobManager coordinates: the optimizing compiler would take more at its start than it ever gives back, and a standby
    // that comes to lead runs code that was never warm.
    'env.java.opts.jobmanager': '-XX:TieredStopAtLevel=1',

    // A process that is gone answers no heartbeat: two in a row are missed within three seconds, and before the job is
    // deployed again into its slots. A node that is silent may be in a long pause.
    'heartbeat.interval': '1 s',
    'heartbeat.timeout': '20 s',
    // Otherwise a TaskManager may wait for half a minute before it asks a new leader again.
    'cluster.registration.error-delay': '1 s',
    'cluster.registration.refused-registration-delay': '1 s',
    'cluster.registration.max-timeout': '5 s',
    // When this is over, a standalone cluster fails a job at once that lacks slots: while the only TaskManager with free
    // ones starts again, every backoff would cost one more restart. Before, the job waits for slot.request.timeout.
    'resourcemanager.standalone.start-up-time': '200 d',

    'jobmanager.bind-host': '0.0.0.0',
    'jobmanager.rpc.port': PORTS.rpc,
    'blob.server.port': PORTS.blob,
    'rest.port': PORTS.rest,
    'rest.bind-address': '0.0.0.0',
    'taskmanager.bind-host': '0.0.0.0',
    'taskmanager.rpc.port': PORTS.taskManagerRpc,
    'taskmanager.data.port': PORTS.taskManagerData,
    'metrics.internal.query-service.port': PORTS.query,
    // Reverse look-ups of pod addresses find nothing and delay every registration.
    'jobmanager.retrieve-taskmanager-hostname': false,

    'taskmanager.jvm-exit-on-oom': true,
    // Otherwise the first TaskManager is filled before the next one gets anything to do.
    'taskmanager.load-balance.mode': 'SLOTS',
    'process.taskmanager.working-dir': '/var/lib/flink',
    'taskmanager.network.memory.buffer-debloat.enabled': true,

    'pipeline.max-parallelism': deployment.agent.maxParallelism,
    'parallelism.default': deployment.agent.parallelism,
    ...(deployment.flink.scheduler === 'reactive' ? { 'jobmanager.scheduler': 'Adaptive' } : {}),

    'state.backend.type': 'rocksdb',
    'state.backend.rocksdb.memory.managed': true,
    'execution.checkpointing.mode': 'EXACTLY_ONCE',
    'execution.checkpointing.interval': ms(checkpoint.interval),
    'execution.checkpointing.timeout': ms(checkpoint.timeout),
    'execution.checkpointing.min-pause': ms(checkpoint.minPause),
    'execution.checkpointing.tolerable-failed-checkpoints': checkpoint.tolerableFailures,
    'execution.checkpointing.max-concurrent-checkpoints': 1,
    'execution.checkpointing.num-retained': checkpoint.retain,
    'execution.checkpointing.incremental': checkpoint.incremental,
    'execution.checkpointing.unaligned.enabled': true,
    'execution.checkpointing.aligned-checkpoint-timeout': ms(checkpoint.alignmentTimeout),
    'execution.checkpointing.externalized-checkpoint-retention': 'RETAIN_ON_CANCELLATION',
    'execution.checkpointing.storage': 'filesystem',
    // Metadata then holds no path of this region, and a copy of a checkpoint restores wherever it lies.
    'headrace.state.root': region.stateRoot.uri,
    // Of several jobs each is given a directory below it.
    'execution.checkpointing.dir': `state://checkpoints${ofOneJob(deployment, region)}`,
    'execution.checkpointing.savepoint-dir': `state://savepoints${ofOneJob(deployment, region)}`,
    'execution.state-recovery.from-local': true,

    // Named although it is the default with checkpoints: the settings below count only then.
    'restart-strategy.type': 'exponential-delay',
    // Longer than a loss takes to be noticed, shorter than a TaskManager takes to start: one restart a loss.
    'restart-strategy.exponential-delay.initial-backoff': '3 s',
    'restart-strategy.exponential-delay.max-backoff': '1 min',
    'restart-strategy.exponential-delay.backoff-multiplier': 1.5,
    'restart-strategy.exponential-delay.jitter-factor': 0.1,
    'restart-strategy.exponential-delay.reset-backoff-threshold': '10 min',

    'high-availability.storageDir': directories.highAvailability,
    ...highAvailability(deployment),

    'metrics.reporter.prom.factory.class': 'org.apache.flink.metrics.prometheus.PrometheusReporterFactory',
    'metrics.reporter.prom.port': PORTS.metrics,
    'metrics.job.status.enable': 'CURRENT_TIME;STATE;TOTAL_TIME',

    ...storeAccess(region.cloud, region.region),
    ...deployment.flink.configuration,
  };
}

function highAvailability({ flink, name }: DeploymentModel): FlinkConfiguration {
  if (flink.highAvailability === 'kubernetes') {
    return {
      'high-availability.type': 'kubernetes',
      // A standby leads 7 to 9 s after a leader's death; an API server that is away for 6 s costs the leader its place.
      'high-availability.kubernetes.leader-election.lease-duration': '8 s',
      'high-availability.kubernetes.leader-election.renew-deadline': '6 s',
      'high-availability.kubernetes.leader-election.retry-period': '1 s',
    };
  }
  return {
    'high-availability.type': 'zookeeper',
    'high-availability.zookeeper.quorum': (flink.zookeeper ?? []).join(','),
    'high-availability.zookeeper.path.root': `/headrace/${name}`,
    // The default is a random port, which neither a probe nor a policy could name.
    'high-availability.jobmanager.port': PORTS.rpc,
  };
}

/** How Flink's file systems take the pod's cloud identity: none of them does so by default in every cloud. */
function storeAccess(cloud: Cloud, location: string): FlinkConfiguration {
  switch (cloud) {
    case 'aws':
      return {
        // The default chain falls back to the node's role without a word; this one takes the pod's or fails.
        'fs.s3.aws.credentials.provider': 'software.amazon.awssdk.auth.credentials.ContainerCredentialsProvider',
        's3.region': location,
      };
    case 'azure':
      return {
        'fs.azure.account.auth.type': 'Custom',
        // Flink's plugin relocates Hadoop and lacks its workload-identity provider: the image brings one.
        'fs.azure.account.oauth.provider.type': 'dev.headrace.flink.azure.WorkloadIdentityTokenProvider',
        // The provider tries again by itself; the driver would repeat each failure at once.
        'fs.azure.custom.token.fetch.retry.count': 0,
        // The store has a flat namespace; asking for it fails where soft delete is on.
        'fs.azure.account.hns.enabled': false,
      };
    case 'gcp':
      // Without any key option the metadata server's identity is used, by both of the plugin's client libraries.
      return {};
  }
}
