import type { Chart } from 'cdk8s';
import { asText } from '../helm/placeholder.ts';
import { testPod } from '../helm/test-pod.ts';
import { onPool, RUN_AS, selectorLabels } from '../pod.ts';
import type { Release } from '../release.ts';
import { FLINK_CLIENT } from './network-policies.ts';
import { PORTS } from './ports.ts';
import type { FlinkValues } from './values.ts';

/** Asks REST for its overview with what the image has anyway, Bash, and counts the slots. */
const SCRIPT = `set -eu
want=$((TASK_MANAGERS * SLOTS))
for attempt in 1 2 3 4 5 6 7 8 9 10; do
  if exec 3<>"/dev/tcp/$REST_HOST/$REST_PORT"; then
    printf 'GET /overview HTTP/1.0\\r\\nHost: %s\\r\\n\\r\\n' "$REST_HOST" >&3
    answer=$(cat <&3)
    exec 3>&-
    echo "$answer"
    if [[ $answer =~ \\"slots-total\\":([0-9]+) ]] && [ "\${BASH_REMATCH[1]}" -ge "$want" ]; then
      echo "REST answers, and \${BASH_REMATCH[1]} of $want slots are there"
      exit 0
    fi
  fi
  sleep 3
done
echo "fewer than $want slots after 30 s" >&2
exit 1
`;

/** `helm test`: the REST API answers, and every slot is registered. */
export function helmTest(chart: Chart, release: Release, values: FlinkValues): void {
  testPod(chart, release, {
    chart: 'flink-cluster',
    image: `${values.image.repository}:${values.image.tag}`,
    imagePullPolicy: values.image.pullPolicy,
    user: RUN_AS.flink,
    command: ['/bin/bash', '-c', SCRIPT],
    env: [
      { name: 'REST_HOST', value: `${release.name}-rest` },
      { name: 'REST_PORT', value: String(PORTS.rest) },
      { name: 'TASK_MANAGERS', value: asText(values.taskManager.replicas) },
      { name: 'SLOTS', value: asText(values.taskManager.slots) },
    ],
    podLabels: FLINK_CLIENT,
    reaches: { pods: selectorLabels('flink-cluster', release.name, 'jobmanager'), port: PORTS.rest },
    scheduling: onPool('flink'),
  });
}
