import { Kubectl } from '../../../ops/install/kubectl.ts';

interface Item {
  kind: string;
  metadata: { name: string; annotations: Record<string, string> };
  spec: { replicas?: number; suspend?: boolean };
  status: { readyReplicas?: number };
}
const item = (kind: string, name: string, spec: Item['spec']): Item => ({
  ...{ kind, spec, metadata: { name, annotations: {} } },
  status: spec.replicas === undefined ? {} : { readyReplicas: spec.replicas },
});

/** A cluster behind kubectl: patches are merged as the API merges them. */
export class FakeKubectl extends Kubectl {
  readonly calls: string[][] = [];
  readonly items = [
    item('StatefulSet', 'reviews-flink-taskmanager', { replicas: 2 }),
    item('Deployment', 'reviews-agents-job', { replicas: 1 }),
    item('CronJob', 'reviews-agents-savepoint', { suspend: false }),
  ];
  pods = 3;
  /** Answers of `headrace` commands in the supervisor's pod, by their first word and whether they only look. */
  readonly headrace: Record<string, object> = {};
  /** Patches after which the connection is gone. */
  patches = Number.POSITIVE_INFINITY;

  constructor() {
    super('kubectl', {}, 'reviews');
  }

  override async run(args: readonly string[]) {
    this.calls.push([...args]);
    const ok = (value: unknown) => ({ code: 0, stdout: JSON.stringify(value), stderr: '' });
    const [verb, what, name] = args;
    if (verb === 'get')
      return ok({ items: what === 'pods' ? Array(this.pods).fill(item('Pod', 'p', {})) : this.items });
    if (verb === 'exec') {
      const command = args.includes('--dry-run') ? 'look' : (args.find((arg) => arg.startsWith('fail')) ?? '');
      const answer = this.headrace[command] ?? { failures: [{ code: 'HR-STATE-006', command }] };
      return 'failures' in answer ? { ...ok(answer), code: 1 } : ok(answer);
    }
    if (verb === 'delete') {
      this.pods = 0;
      return ok({});
    }
    if (verb === 'scale') {
      for (const { kind, spec, status } of this.items)
        if (kind !== 'CronJob') [spec.replicas, status.readyReplicas] = [0, 0];
      return ok({});
    }
    if (this.patches-- <= 0) return { code: 1, stdout: '', stderr: 'connection refused' };
    const found = this.items.find(({ kind, metadata }) => kind.toLowerCase() === what && metadata.name === name);
    const patch = JSON.parse(args.at(-1) ?? '') as {
      metadata: { annotations: Record<string, string | null> };
      spec: object;
    };
    if (!found) return { code: 1, stdout: '', stderr: 'not found' };
    for (const [key, value] of Object.entries(patch.metadata.annotations)) {
      if (value === null) delete found.metadata.annotations[key];
      else found.metadata.annotations[key] = value;
    }
    Object.assign(found.spec, patch.spec);
    found.status = { readyReplicas: found.spec.replicas ?? 0 };
    return ok({});
  }
}
