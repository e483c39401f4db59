import { k8s } from 'cdk8s-plus-27';
import { names } from '../../config/index.ts';
import { containerSecurity, onPool, podSecurity, poolSelector } from '../pod.ts';
import { componentLabels } from './labels.ts';
import { metadata, productImage, quantity, resources, type StoreContext } from './store-pod.ts';

export const RCLONE_IMAGE = 'rclone/rclone:1.69.3';
export const CURL_IMAGE = 'curlimages/curl:8.12.1';

export interface ScheduledJob {
  /** Name of the CronJob, and component of its pods. */
  readonly name: string;
  readonly image: string;
  readonly user: number;
  /** For `sh -c`. */
  readonly script: string;
  readonly env: Readonly<Record<string, string>>;
  readonly deadlineSeconds: number;
  /** Secrets that are mounted, by directory. Default: none. */
  readonly secrets?: Readonly<Record<string, string>>;
}

/** A job at the time of `stores.backup.schedule`, one at a time, whose failures stay to be seen. */
export function scheduledJob(context: StoreContext, job: ScheduledJob): void {
  const { chart, input } = context;
  const { stores, images } = input.deployment;
  const secrets = Object.entries(job.secrets ?? {});
  new k8s.KubeCronJob(chart, job.name, {
    metadata: metadata(context, job.name),
    spec: {
      schedule: stores.backup.schedule,
      timeZone: 'Etc/UTC',
      concurrencyPolicy: 'Forbid',
      startingDeadlineSeconds: 3600,
      successfulJobsHistoryLimit: 3,
      failedJobsHistoryLimit: 3,
      jobTemplate: {
        spec: {
          backoffLimit: 2,
          activeDeadlineSeconds: job.deadlineSeconds,
          template: {
            metadata: { labels: { ...componentLabels(job.name) } },
            spec: {
              restartPolicy: 'Never',
              serviceAccountName: names.storesAccount(input.region.parts),
              automountServiceAccountToken: false,
              enableServiceLinks: false,
              securityContext: podSecurity(job.user),
              ...onPool('worker', poolSelector('worker')),
              containers: [
                {
                  name: 'job',
                  image: productImage(input.deployment, job.image),
                  imagePullPolicy: images.pullPolicy,
                  command: ['sh', '-c', job.script],
                  env: Object.entries(job.env).map(([name, value]) => ({ name, value })),
                  securityContext: containerSecurity,
                  resources: resources(0.1, 128 * 2 ** 20),
                  volumeMounts: [
                    { name: 'tmp', mountPath: '/tmp' },
                    ...secrets.map(([mountPath], i) => ({ name: `secret-${i}`, mountPath, readOnly: true })),
                  ],
                },
              ],
              volumes: [
                { name: 'tmp', emptyDir: { sizeLimit: quantity(2 ** 26) } },
                ...secrets.map(([, secretName], i) => ({ name: `secret-${i}`, secret: { secretName } })),
              ],
            },
          },
        },
      },
    },
  });
}
