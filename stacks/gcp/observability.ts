import { names } from '../../config/index.ts';
import { createAlerts } from './alerts.ts';
import { createBudget } from './budget.ts';
import type { Key } from './keys.ts';
import { ownsProject, wholeDays } from './placement.ts';
import type { GcpRegion } from './project.ts';
import {
  LoggingProjectBucketConfig,
  LoggingProjectExclusion,
  LoggingProjectSink,
  MonitoringNotificationChannel,
  ProjectIamAuditConfig,
} from './provider.ts';

/** Logs with their own retention and key, an audit trail of data and keys, alerts and the budget. */
export function createObservability(gcp: GcpRegion, logsKey: Key): void {
  keepLogs(gcp, logsKey);
  if (ownsProject(gcp.deployment, gcp.region)) auditDataAccess(gcp);
  const channels = gcp.deployment.observability.alarms.map(
    (address, i) =>
      new MonitoringNotificationChannel(gcp.stack, `alarm-${i}`, {
        displayName: `${gcp.name} ${address}`,
        type: 'email',
        labels: { email_address: address },
        dependsOn: [gcp.api('monitoring')],
      }),
  );
  createAlerts(gcp, channels);
  createBudget(gcp, channels);
}

/** The cluster's logs go into a bucket of their own, since the project's default one is everybody's. */
function keepLogs(gcp: GcpRegion, key: Key): void {
  const { stack, name, region, project, deployment } = gcp;
  const bucket = new LoggingProjectBucketConfig(stack, 'logs', {
    project: project.id,
    location: region.region,
    bucketId: name,
    description: `Logs of cluster ${name}`,
    retentionDays: wholeDays(deployment.observability.logRetention),
    cmekSettings: { kmsKeyName: key.id },
    dependsOn: [gcp.api('logging'), ...key.ready],
  });
  new LoggingProjectSink(stack, 'logs-sink', {
    name,
    destination: `logging.googleapis.com/${bucket.id}`,
    filter: `resource.labels.cluster_name="${name}" AND resource.labels.location="${region.region}"`,
    uniqueWriterIdentity: true,
  });
  // Flink writes and deletes objects all the time; reads by anybody else, and all use of keys and secrets, stay logged.
  const flink = `ns/${names.namespace(region.parts)}/sa/${names.serviceAccount(region.parts, 'flink')}`;
  new LoggingProjectExclusion(stack, 'logs-exclusion', {
    name: `${name}-checkpoints`,
    description: "Flink's own access to its state store",
    filter: [
      'protoPayload.serviceName="storage.googleapis.com"',
      `resource.labels.bucket_name="${region.stateRoot.bucket}"`,
      `protoPayload.authenticationInfo.principalSubject:"/subject/${flink}"`,
    ].join(' AND '),
    dependsOn: [gcp.api('logging')],
  });
}

/** Data access is not logged by default. Authoritative by service, so one stack of a project declares it. */
function auditDataAccess(gcp: GcpRegion): void {
  for (const service of ['storage', 'secretmanager', 'cloudkms'] as const) {
    new ProjectIamAuditConfig(gcp.stack, `audit-${service}`, {
      project: gcp.project.id,
      service: `${service}.googleapis.com`,
      auditLogConfig: [{ logType: 'ADMIN_READ' }, { logType: 'DATA_READ' }, { logType: 'DATA_WRITE' }],
    });
  }
}
