import { flinkConfiguration } from '../../charts/flink-cluster/configuration.ts';
import { inputs, ONE_REGION } from '../charts/inputs.ts';

const ABOUT_RECOVERY =
  /^(heartbeat|cluster\.registration|resourcemanager|restart-strategy|taskmanager\.load-balance)\./;

/** What the chart sets about losses of processes and about coming back from them. */
export function recoverySettings(): Record<string, string | number | boolean> {
  const [{ deployment, region }] = inputs(ONE_REGION) as [ReturnType<typeof inputs>[number]];
  const settings = Object.entries(flinkConfiguration(deployment, region)).filter(([key]) => ABOUT_RECOVERY.test(key));
  return Object.fromEntries(settings);
}
