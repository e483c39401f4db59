// Stands for kubectl and helm: speaks their outputs, keeps a small cluster in a file, and records every call.
// Run as: node fake-tools.ts DIRECTORY kubectl|helm ARGUMENTS…
import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FakeCluster, FakeRevision } from './fake-cluster.ts';

const [directory = '', tool = '', ...all] = process.argv.slice(2);
const file = join(directory, 'cluster.json');
const read = () => JSON.parse(readFileSync(file, 'utf8')) as FakeCluster;
const lock = `${file}.lock`;
/** One of several tools at once holds it. */
const locked = <T>(work: () => T): T => {
  for (;;) {
    try {
      mkdirSync(lock);
      break;
    } catch {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
  }
  try {
    return work();
  } finally {
    rmdirSync(lock);
  }
};
const change = (edit: (cluster: FakeCluster) => void) =>
  locked(() => {
    const cluster = read();
    edit(cluster);
    // Whole or not at all: others read it meanwhile, and this process may be told to end.
    writeFileSync(`${file}.${process.pid}`, JSON.stringify(cluster));
    renameSync(`${file}.${process.pid}`, file);
  });
const say = (text: unknown): void => {
  process.stdout.write(typeof text === 'string' ? text : `${JSON.stringify(text)}\n`);
};
const fail = (text: string): never => {
  process.stderr.write(`${text}\n`);
  process.exit(1);
};

/** Flags with a value that say where the cluster is; the rest is the command. */
const WHERE = ['--kubeconfig', '--context', '--kube-context', '--namespace', '--request-timeout'];
const args = all.filter((arg, i) => !WHERE.includes(arg) && !WHERE.includes(all[i - 1] ?? ''));
const flag = (name: string) => args[args.indexOf(name) + 1] ?? '';
appendFileSync(join(directory, 'calls.log'), `${JSON.stringify([tool, ...all])}\n`);

const RESOURCES: Record<string, [string, string, boolean][]> = {
  '/api/v1': [
    ['namespaces', 'Namespace', false],
    ['serviceaccounts', 'ServiceAccount', true],
    ['configmaps', 'ConfigMap', true],
    ['services', 'Service', true],
    ['pods', 'Pod', true],
    ['pods/log', 'Pod', true],
    ['resourcequotas', 'ResourceQuota', true],
    ['limitranges', 'LimitRange', true],
  ],
  '/apis/apps/v1': [
    ['statefulsets', 'StatefulSet', true],
    ['deployments', 'Deployment', true],
  ],
  '/apis/batch/v1': [
    ['jobs', 'Job', true],
    ['cronjobs', 'CronJob', true],
  ],
  '/apis/policy/v1': [['poddisruptionbudgets', 'PodDisruptionBudget', true]],
  '/apis/networking.k8s.io/v1': [['networkpolicies', 'NetworkPolicy', true]],
  '/apis/autoscaling/v2': [['horizontalpodautoscalers', 'HorizontalPodAutoscaler', true]],
  '/apis/rbac.authorization.k8s.io/v1': [
    ['roles', 'Role', true],
    ['rolebindings', 'RoleBinding', true],
  ],
  '/apis/scheduling.k8s.io/v1': [['priorityclasses', 'PriorityClass', false]],
  '/apis/cert-manager.io/v1': [
    ['certificates', 'Certificate', true],
    ['issuers', 'Issuer', true],
  ],
  '/apis/monitoring.coreos.com/v1': [
    ['podmonitors', 'PodMonitor', true],
    ['prometheusrules', 'PrometheusRule', true],
  ],
  '/apis/secrets-store.csi.x-k8s.io/v1': [['secretproviderclasses', 'SecretProviderClass', true]],
};

/** A workload of every release that is being installed: what a test waits for before it interrupts. */
const onTheWay = ({ releases }: FakeCluster) =>
  Object.entries(releases)
    .filter(([, revisions]) => revisions.at(-1)?.status.startsWith('pending-'))
    .map(([name]) => ({
      kind: 'StatefulSet',
      metadata: { name, labels: { 'app.kubernetes.io/instance': name, 'app.kubernetes.io/component': 'taskmanager' } },
      spec: { replicas: 1 },
    }));

function kubectl(): void {
  const cluster = read();
  const command = args.slice(0, 2).join(' ');
  if (command === 'config view') {
    if (!cluster.server) fail('error: current-context must exist in order to minify');
    say({ 'current-context': 'the-context', clusters: [{ cluster: { server: cluster.server } }] });
  } else if (args[0] === 'version') {
    if (cluster.unreachable) {
      say({ clientVersion: { gitVersion: 'v1.34.2' } });
      fail(cluster.unreachable);
    }
    say({ clientVersion: { gitVersion: 'v1.34.2' }, serverVersion: { gitVersion: cluster.version } });
  } else if (command === 'get namespace') {
    if (cluster.namespace) say({ metadata: { name: args[2], labels: cluster.namespace } });
  } else if (command === 'get --raw') {
    const found = RESOURCES[args[2] ?? ''];
    if (!found || cluster.missing.includes(args[2] ?? ''))
      fail('Error from server (NotFound): the server could not find the requested resource');
    say({ resources: found?.map(([name, kind, namespaced]) => ({ name, kind, namespaced })) });
  } else if (args[0] === 'create') {
    for (const text of readFileSync(0, 'utf8').split('\n')) {
      const { verb, resource, group, subresource } = JSON.parse(text).spec.resourceAttributes;
      say(`${verb} ${resource}.${group}/${subresource ?? ''} ${!cluster.denied.includes(`${verb} ${resource}`)}\n`);
    }
  } else if (args[0] === 'apply') {
    if (cluster.conflict)
      fail(`error: Apply failed with 1 conflict: conflict with "${cluster.conflict}": .metadata.labels.x`);
    const { items } = JSON.parse(readFileSync(0, 'utf8'));
    change((now) => {
      now.namespace = items[0].metadata.labels;
    });
    for (const item of items) say(`${item.kind.toLowerCase()}/${item.metadata.name} serverside-applied\n`);
  } else if (command === 'get secret') {
    const [, release = '', revision] = /^sh\.helm\.release\.v1\.(.+)\.v(\d+)$/.exec(args[2] ?? '') ?? [];
    const found = cluster.releases[release]?.find((one) => one.revision === Number(revision));
    if (found) say({ metadata: { labels: found.run ? { 'headrace.dev/run': found.run } : {} } });
  } else if (command === 'delete secret') {
    const [, release = '', revision] = /^sh\.helm\.release\.v1\.(.+)\.v(\d+)$/.exec(args[2] ?? '') ?? [];
    change((now) => {
      now.releases[release] = (now.releases[release] ?? []).filter((one) => one.revision !== Number(revision));
    });
  } else if (args[0] === 'delete') {
    change((now) => {
      now.data = now.data.filter((name) => !args.includes(name));
    });
  } else if (args[0] === 'logs') {
    say(cluster.logs);
  } else if (args[0] === 'get' && args.includes('--selector')) {
    say(
      cluster.data
        .filter((name) => name.startsWith(args[1]?.replace(/s$/, '') ?? ''))
        .map((name) => `${name}\n`)
        .join(''),
    );
  } else if (args[0] === 'get') {
    say({ kind: 'List', items: [...cluster.objects, ...onTheWay(cluster)] });
  } else fail(`error: the test's kubectl does not know ${args.join(' ')}`);
}

const INFO = () => new Date().toISOString();
const revisionsOf = (cluster: FakeCluster, release: string): FakeRevision[] => {
  cluster.releases[release] ??= [];
  return cluster.releases[release];
};

async function helm(): Promise<void> {
  const cluster = read();
  const release = args[1] ?? '';
  switch (args[0]) {
    case 'version':
      return say(`${cluster.helm}\n`);
    case 'template': {
      const text = readFileSync(join(directory, `${basename(args[2] ?? '')}.yaml`), 'utf8');
      const hooks = join(directory, `${basename(args[2] ?? '')}-hooks.yaml`);
      return say(
        args.includes('--no-hooks') || !existsSync(hooks) ? text : `${text}---\n${readFileSync(hooks, 'utf8')}`,
      );
    }
    case 'history': {
      const found = cluster.releases[release] ?? [];
      return found.length
        ? say(found.map(({ manifest: _, run: __, ...one }) => one))
        : fail('Error: release: not found');
    }
    case 'get': {
      const found = cluster.releases[args[2] ?? '']?.findLast((one) => one.status === 'deployed');
      return found ? say(found.manifest) : fail('Error: release: not found');
    }
    case 'rollback':
      return change((now) => {
        const all = revisionsOf(now, release);
        const target = all.find((one) => one.revision === Number(args[2]));
        if (!target) throw new Error('release has no such version');
        for (const one of all) if (one.status !== 'failed') one.status = 'superseded';
        all.push({ ...target, revision: all.length + 1, status: 'deployed', description: `Rollback to ${args[2]}` });
      });
    case 'uninstall':
      if (!cluster.releases[release]?.length)
        fail(`Error: uninstall: Release not loaded: ${release}: release: not found`);
      return change((now) => {
        delete now.releases[release];
      });
    case 'upgrade':
      return upgrade(args[2] ?? '', basename(args[3] ?? ''));
    default:
      return fail(`Error: the test's helm does not know ${args.join(' ')}`);
  }
}

/** Locks the release, takes its time, and then succeeds, fails with a rollback, or is cancelled. */
async function upgrade(release: string, chart: string): Promise<void> {
  let cancelled = false;
  const cancel = new AbortController();
  process.on('SIGTERM', () => {
    cancelled = true;
    cancel.abort();
  });
  if (read().releases[release]?.at(-1)?.status.startsWith('pending-'))
    fail('Error: UPGRADE FAILED: another operation (install/upgrade/rollback) is in progress');
  const { seconds = 0, fails } = read().upgrades[chart] ?? {};
  const manifest = readFileSync(join(directory, `${chart}.yaml`), 'utf8');
  const run = flag('--labels').split('=')[1] ?? '';
  let first = false;
  change((now) => {
    const all = revisionsOf(now, release);
    first = !all.some((one) => one.status === 'deployed');
    all.push({
      revision: (all.at(-1)?.revision ?? 0) + 1,
      updated: INFO(),
      status: first ? 'pending-install' : 'pending-upgrade',
      description: 'Preparing',
      manifest,
      run,
    });
  });
  await sleep(seconds * 1000, undefined, { signal: cancel.signal }).catch(() => {});
  const bad = cancelled ? 'context canceled' : fails;
  change((now) => {
    const all = revisionsOf(now, release);
    const last = all.at(-1) as FakeRevision;
    if (bad === undefined) {
      for (const one of all) if (one.status === 'deployed') one.status = 'superseded';
      last.status = 'deployed';
      last.description = 'Upgrade complete';
    } else if (first) {
      delete now.releases[release];
    } else {
      const before = all.findLast((one) => one.status === 'deployed') as FakeRevision;
      last.status = 'failed';
      before.status = 'superseded';
      all.push({
        ...before,
        revision: last.revision + 1,
        status: 'deployed',
        description: `Rollback to ${before.revision}`,
      });
    }
  });
  if (bad !== undefined)
    fail(
      `Error: UPGRADE FAILED: release ${release} failed, and has been rolled back due to rollback-on-failure being set: ${bad}`,
    );
  say({ name: release, info: { status: 'deployed' } });
}

if (tool === 'kubectl') kubectl();
else await helm();
