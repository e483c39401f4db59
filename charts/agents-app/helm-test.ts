import type { Chart } from 'cdk8s';
import { FLINK_CLIENT } from '../flink-cluster/network-policies.ts';
import { PORTS } from '../flink-cluster/ports.ts';
import { testPod } from '../helm/test-pod.ts';
import { onPool, RUN_AS, selectorLabels } from '../pod.ts';
import type { Release } from '../release.ts';
import type { AgentsValues } from './values.ts';

/** Asks Flink whether a job runs and has completed a checkpoint. */
const SCRIPT = `const api = 'http://' + process.env.REST_HOST + ':' + process.env.REST_PORT;
const get = async (path) => (await fetch(api + path, { signal: AbortSignal.timeout(5000) })).json();
let last = 'nothing was answered';
for (let attempt = 0; attempt < 30; attempt++) {
  try {
    const running = (await get('/jobs/overview')).jobs.filter((job) => job.state === 'RUNNING');
    last = running.length + ' jobs run';
    for (const job of running) {
      const { counts } = await get('/jobs/' + job.jid + '/checkpoints');
      last = job.name + ' runs, ' + counts.completed + ' checkpoints completed';
      if (counts.completed > 0) { console.log(last); process.exit(0); }
    }
  } catch (error) { last = String(error.cause ?? error); }
  await new Promise((resolve) => setTimeout(resolve, 3000));
}
console.error(last);
process.exit(1);
`;

/** `helm test`: the job runs on Flink, and a checkpoint was completed. @param flink release of the flink-cluster chart. */
export function helmTest(chart: Chart, release: Release, values: AgentsValues, flink: string): void {
  testPod(chart, release, {
    chart: 'agents-app',
    image: `${values.image.repository}:${values.image.tag}`,
    imagePullPolicy: values.image.pullPolicy,
    user: RUN_AS.worker,
    command: ['node', '--input-type=module', '--eval', SCRIPT],
    env: [
      { name: 'REST_HOST', value: `${flink}-rest` },
      { name: 'REST_PORT', value: String(PORTS.rest) },
    ],
    podLabels: FLINK_CLIENT,
    reaches: { pods: selectorLabels('flink-cluster', flink, 'jobmanager'), port: PORTS.rest },
    scheduling: onPool('worker'),
  });
}
