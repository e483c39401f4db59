// Both charts on a real Kubernetes of one node: installed, probed, upgraded, broken, killed, taken away again. Mutual TLS,
// an object store, brokers and a model service are there; cert-manager's Secrets are made by the test. In order: each
// test goes on with what the one before left.
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Authority } from '../../ops/dev/authority.ts';
import { packageRoot } from '../../ops/package-root.ts';
import { compilePlan, loadAgent } from '../../runtime/plan/index.ts';
import { expectedRatings } from '../flink/expected-ratings.ts';
import { REVIEWS_AGENT } from '../flink/reviews.ts';
import { createTopics, readCommitted } from '../flink/topics.ts';
import { temporaryDirectory } from '../runtime/temporary-directory.ts';
import { Operator } from '../runtime/worker/operator.ts';
import { type ClusterDeployment, writeDeployment } from './deployment.ts';
import { type FlinkView, forward, jobNow, recovery, viewFlink } from './flink-view.ts';
import { headrace, helm } from './headrace.ts';
import { testImages } from './images/test-images.ts';
import { Cluster, HOST, type KubernetesObject, until } from './kubernetes/cluster.ts';
import { type Neighbours, portOf, startNeighbours } from './neighbours.ts';
import { MODEL_KEY, prepareNamespace } from './stage.ts';
import { inputs, type Rated, ratings, send } from './stream.ts';

const NAMESPACE = 'reviews';
const FLINK = 'reviews-flink';
const AGENTS = 'reviews-agents';
const PROBE_SECONDS = 3;

const directory = temporaryDirectory(afterAll);
let cluster: Cluster;
let neighbours: Neighbours;
let view: FlinkView;
let file: string;

beforeAll(async () => {
  const say = (text: string) => console.log(text);
  const [images] = await Promise.all([
    testImages(say),
    Cluster.start('c1', 1, say).then((started) => {
      cluster = started;
    }),
  ]);
  neighbours = await startNeighbours(directory, [50, 150], say);
  for (const image of Object.values(images)) await cluster.load(image);
}, 3_600_000);
afterAll(async () => {
  view?.stop();
  await neighbours?.stop();
  await cluster?.stop();
}, 120_000);

/** The deployment file, with what a test changes. */
const deploy = (options: ClusterDeployment = {}, wait = '5m') => {
  file = writeDeployment(directory, neighbours, options);
  return headrace(cluster, 'install', '--file', file, '--region', 'us', '--wait', wait);
};
const podsOf = (component: string) => cluster.pods(NAMESPACE, `app.kubernetes.io/component=${component}`);
const restartsOf = (pods: KubernetesObject[]) =>
  pods.map((pod) => [pod.metadata.name, pod.metadata.uid, pod.status.containerStatuses[0].restartCount]);
const once = (outputs: readonly Rated[]) => {
  expect(new Set(outputs.map(({ id }) => id)).size).toBe(outputs.length);
};

describe('an installation', () => {
  const records = inputs('first', 400);

  test('brings up Flink, workers and the job, and the first output comes', async () => {
    await prepareNamespace(cluster, NAMESPACE, 'reviews', directory);
    await send(neighbours.kafka.bootstrap, 'reviews', records, 10_000);
    const began = Date.now();
    const first = readCommitted(neighbours.kafka.bootstrap, 'ratings', { count: 1, quietMs: 300_000 }).then(
      () => (Date.now() - began) / 1000,
    );
    const { code, out } = await deploy();
    expect(code, out).toBe(0);
    console.log(
      `measured: idle to first output ${(await first).toFixed(1)} s; installed after ${((Date.now() - began) / 1000).toFixed(1)} s`,
    );
    view = await viewFlink(cluster, NAMESPACE, FLINK, join(directory, 'certificates'));
  });

  test('rates every input once, as the embedded engine does', async () => {
    const outputs = await ratings(neighbours.kafka.bootstrap, 'ratings', 'first', { count: 400, quietMs: 30_000 });
    once(outputs);
    const expected = await expectedRatings(
      directory,
      records.map(({ value }) => value),
    );
    expect(Object.fromEntries(outputs.map(({ input, value }) => [input, value]))).toEqual(Object.fromEntries(expected));
    expect(await readCommitted(neighbours.kafka.bootstrap, 'ratings.dead-letter', { quietMs: 2_000 })).toEqual([]);
  });

  test('runs every pod under the restricted standard, and the namespace takes no other', async () => {
    const namespace = JSON.parse(
      await cluster.kubectl('get', 'namespace', NAMESPACE, '-o', 'json'),
    ) as KubernetesObject;
    expect(namespace.metadata.labels['pod-security.kubernetes.io/enforce']).toBe('restricted');
    const plain = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'plain' },
      spec: { containers: [{ name: 'c', image: 'localhost/base:1' }] },
    };
    await expect(cluster.apply(NAMESPACE, plain)).rejects.toThrow(/violates PodSecurity "restricted/);
    for (const pod of (await cluster.get(NAMESPACE, 'pods')).items) {
      const probe = `touch /root-is-writable 2>/dev/null || touch /opt/root-is-writable 2>/dev/null`;
      if (pod.metadata.labels['app.kubernetes.io/name'] === 'flink-cluster')
        expect((await cluster.exec(NAMESPACE, pod.metadata.name, ['bash', '-c', probe])).code).not.toBe(0);
    }
  });

  test('helm test passes for both releases', async () => {
    for (const release of [FLINK, AGENTS]) {
      const { code, out } = await helm(cluster, 'test', release, '--namespace', NAMESPACE);
      expect(code, out).toBe(0);
    }
  });

  test('made again, changes no pod', async () => {
    const before = restartsOf((await cluster.get(NAMESPACE, 'pods')).items);
    const { code, out } = await deploy();
    expect(code, out).toBe(0);
    expect(restartsOf((await cluster.get(NAMESPACE, 'pods')).items)).toEqual(before);
  });
});

describe('network policies', () => {
  /** Whether a pod can open a connection. */
  const reaches = async (namespace: string, pod: string, host: string, port: number) =>
    (await cluster.exec(namespace, pod, ['bash', '-c', `timeout ${PROBE_SECONDS} bash -c '</dev/tcp/${host}/${port}'`]))
      .code === 0;

  test('let a worker reach the model, and Flink not', async () => {
    const port = portOf(neighbours.modelUrl);
    const [worker] = await podsOf('worker');
    const [taskManager] = await podsOf('taskmanager');
    const [jobManager] = await podsOf('jobmanager');
    expect(await reaches(NAMESPACE, worker.metadata.name, HOST, port)).toBe(true);
    expect(await reaches(NAMESPACE, taskManager.metadata.name, HOST, port)).toBe(false);
    expect(await reaches(NAMESPACE, jobManager.metadata.name, HOST, port)).toBe(false);
  });

  test('let Flink reach its brokers and its store, and a worker not', async () => {
    const [worker] = await podsOf('worker');
    const [taskManager] = await podsOf('taskmanager');
    for (const port of [portOf(neighbours.kafka.bootstrap), portOf(neighbours.s3.url)]) {
      expect(await reaches(NAMESPACE, taskManager.metadata.name, HOST, port)).toBe(true);
      expect(await reaches(NAMESPACE, worker.metadata.name, HOST, port)).toBe(false);
    }
  });

  test('let another namespace reach nothing', async () => {
    await cluster.apply(undefined, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'other' } });
    await cluster.apply('other', {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'stranger' },
      spec: {
        terminationGracePeriodSeconds: 0,
        containers: [{ name: 'c', image: 'localhost/base:1', imagePullPolicy: 'Never', command: ['sleep', '3600'] }],
      },
    });
    await cluster.kubectl('-n', 'other', 'wait', '--for=condition=Ready', 'pod/stranger', '--timeout=60s');
    const places = [
      ['worker', [7443, 8080]],
      ['taskmanager', [6121, 6122, 9249]],
      ['jobmanager', [6123, 6124, 8081, 9249]],
      ['job', [8080]],
    ] as const;
    for (const [component, ports] of places) {
      const [pod] = await podsOf(component);
      for (const port of ports)
        expect(await reaches('other', 'stranger', pod.status.podIP, port), `${component} ${port}`).toBe(false);
    }
    // The probe itself works: the API server answers it.
    expect(await reaches('other', 'stranger', cluster.node, 6443)).toBe(true);
    await cluster.kubectl('delete', 'namespace', 'other', '--wait=false');
  });

  test('and certificates: a worker refuses a plain connection, none, and one of another authority', async () => {
    const [pod] = await podsOf('worker');
    const { port, stop } = await forward(cluster, NAMESPACE, pod.metadata.name, 7443);
    const foreign = await (await Authority.create('somebody else')).issue(join(directory, 'foreign'));
    const own = join(directory, 'certificates', `${FLINK}-tls`);
    const planHash = compilePlan(await loadAgent(REVIEWS_AGENT)).hash;
    /** What an operator's stream comes to: the worker greets it, or the connection fails. */
    const outcome = async (tls?: string, known = true): Promise<string> => {
      const operator = new Operator(port, tls, known);
      try {
        operator.hello({ planHash, job: 'reviews' });
        await operator.until(() => operator.frames.length > 0 || operator.ended !== undefined);
        return operator.frames.length > 0 ? 'greeted' : 'refused';
      } finally {
        operator.close();
      }
    };
    try {
      expect(await outcome(own)).toBe('greeted');
      expect(await outcome(own, false)).toBe('refused');
      expect(await outcome(foreign)).toBe('refused');
      expect(await outcome()).toBe('refused');
    } finally {
      stop();
    }
  });
});

describe("the model's key", () => {
  test('is in no manifest, no environment or file of Flink, no log, no stack', async () => {
    const out = join(directory, 'synthesized');
    mkdirSync(out, { recursive: true });
    const synth = await headrace(cluster, 'synth', '--file', file, '--out', out);
    expect(synth.code, synth.out).toBe(0);
    const texts = (
      readdirSync(out, { recursive: true, withFileTypes: true }) as {
        isFile(): boolean;
        parentPath: string;
        name: string;
      }[]
    )
      .filter((entry) => entry.isFile())
      .map(
        (entry) =>
          [join(entry.parentPath, entry.name), readFileSync(join(entry.parentPath, entry.name), 'utf8')] as const,
      );
    expect(texts.length).toBeGreaterThan(20);
    const kinds = 'pods,configmaps,deployments,statefulsets,cronjobs,services,networkpolicies,serviceaccounts';
    const live: [string, string][] = [['objects', await cluster.kubectl('-n', NAMESPACE, 'get', kinds, '-o', 'yaml')]];
    for (const pod of (await cluster.get(NAMESPACE, 'pods')).items) {
      const { name, labels } = pod.metadata;
      live.push([`log of ${name}`, await cluster.kubectl('-n', NAMESPACE, 'logs', name)]);
      if (labels['app.kubernetes.io/name'] !== 'flink-cluster') continue;
      live.push([
        `environment of ${name}`,
        (await cluster.exec(NAMESPACE, name, ['bash', '-c', 'cat /proc/*/environ /proc/*/cmdline'])).out,
      ]);
      live.push([
        `files of ${name}`,
        (
          await cluster.exec(NAMESPACE, name, [
            'bash',
            '-c',
            `grep -rl -- '${MODEL_KEY}' /etc /tmp /opt/flink/conf || true`,
          ])
        ).out,
      ]);
    }
    for (const [place, text] of [...texts, ...live]) expect(text.includes(MODEL_KEY), place).toBe(false);
    // It is where it belongs: the model was called with it.
    expect(neighbours.model.calls.size).toBeGreaterThan(0);
  });
});

describe('an upgrade', () => {
  test('by savepoint keeps the memory of every key, loses no output and repeats none', async () => {
    const before = await jobNow(view);
    const records = inputs('upgrade', 1_500);
    const sending = send(neighbours.kafka.bootstrap, 'reviews', records, 50);
    await sleep(3_000);
    const { code, out } = await deploy({ over: { agent: agentOf(400) } });
    expect(code, out).toBe(0);
    await sending;
    const after = await jobNow(view);
    expect(after.id).not.toBe(before.id);
    expect(after.restored).toBeDefined();
    const outputs = await ratings(neighbours.kafka.bootstrap, 'ratings', 'upgrade', {
      count: 1_500,
      seen: 400,
      quietMs: 40_000,
    });
    expect(new Set(outputs.map(({ input }) => input)).size).toBe(1_500);
    once(outputs);
    // The sentences of a review that came before count on.
    const counted = outputs.map(({ value }) => (JSON.parse(value) as { value: { sentences: number } }).value.sentences);
    expect(Math.max(...counted)).toBeGreaterThan(1);
  });

  test('to a version that does not come up rolls back by itself', async () => {
    const before = await jobNow(view);
    // Long enough for the job to be put back by its supervisor; then Helm puts back what the supervisor is told.
    const broken = await deploy(
      {
        over: {
          agent: agentOf(400),
          source: { kafka: { topic: 'no-such-topic', bootstrap: [neighbours.kafka.bootstrap] } },
        },
      },
      '100s',
    );
    expect(broken.code).toBe(1);
    expect(broken.out).toContain('HR-INSTALL-010');
    const records = inputs('rolled', 200);
    await send(neighbours.kafka.bootstrap, 'reviews', records, 1_000);
    const outputs = await ratings(neighbours.kafka.bootstrap, 'ratings', 'rolled', {
      count: 200,
      seen: 1_900,
      quietMs: 60_000,
    });
    expect(outputs).toHaveLength(200);
    once(outputs);
    const after = await jobNow(view);
    expect(after.id).not.toBe(before.id);
    await until('the job is as described again', 120, async () =>
      (await podsOf('job'))[0]?.status.conditions?.some(
        (c: KubernetesObject) => c.type === 'Ready' && c.status === 'True',
      ),
    );
  }, 900_000);

  const agentOf = (inFlight: number) => ({
    entry: join(packageRoot, 'examples/review-analysis/agent.ts'),
    parallelism: 2,
    inFlight,
    retry: { initialBackoff: '100ms' },
  });
});

describe('a process that is killed', () => {
  const kill = async (pod: KubernetesObject, text: string) => {
    const ids = await cluster.processes(pod.metadata.uid, text);
    expect(ids.length, `${text} in ${pod.metadata.name}`).toBeGreaterThan(0);
    const at = Date.now();
    // Some may have ended by themselves since.
    await cluster.onNode('sh', '-c', `kill -9 ${ids.join(' ')}; true`);
    return at;
  };
  /** The JobManager that holds the lock. */
  const leader = async () => {
    const map = await cluster.get(NAMESPACE, 'configmap', `${FLINK}-cluster-config-map`);
    const pods = await podsOf('jobmanager');
    const address = Object.values(map.data as Record<string, string>).join(' ');
    return pods.find((pod) => address.includes(pod.status.podIP));
  };

  test('TaskManager, leading JobManager and worker in turn: each output once', async () => {
    const records = inputs('killed', 4_000);
    const sending = send(neighbours.kafka.bootstrap, 'reviews', records, 50);
    const taskManager = await recovery(view, async () => kill((await podsOf('taskmanager'))[0], 'java.args'), 20);
    console.log(
      `measured: TaskManager killed, back after ${taskManager.seconds.toFixed(1)} s, ${taskManager.restarts} restarts`,
    );
    for (const reason of taskManager.reasons) console.log(`  ${reason}`);
    const jobManager = await recovery(view, async () => kill(await leader(), 'java.args'), 15);
    console.log(
      `measured: leading JobManager killed, back after ${jobManager.seconds.toFixed(1)} s, ${jobManager.restarts} restarts`,
    );
    for (const reason of jobManager.reasons) console.log(`  ${reason}`);
    await kill((await podsOf('worker'))[0], 'main.js');
    await sending;
    const outputs = await ratings(neighbours.kafka.bootstrap, 'ratings', 'killed', {
      count: 4_000,
      seen: 2_100,
      quietMs: 60_000,
    });
    expect(new Set(outputs.map(({ input }) => input)).size).toBe(4_000);
    once(outputs);
    expect(taskManager.restarts).toBe(1);
    expect(jobManager.restarts).toBe(0);
    // 10 and 20 s are what a quiet machine is measured against; here two cores do all of it.
    expect(taskManager.seconds).toBeLessThan(30);
    expect(jobManager.seconds).toBeLessThan(60);
  }, 900_000);
});

describe('workers that roll', () => {
  test('lose and repeat nothing under load', async () => {
    const measure = async (prefix: string, during: () => Promise<unknown>, seen: number) => {
      const records = inputs(prefix, 6_000);
      const reading = readCommitted(neighbours.kafka.bootstrap, 'ratings', { count: seen + 6_000, quietMs: 90_000 });
      const [sent] = await Promise.all([send(neighbours.kafka.bootstrap, 'reviews', records, 200), during()]);
      const mine = (await reading)
        .map(({ value, at }) => ({ ...(JSON.parse(value) as { id: string; input: string }), at }))
        .filter(({ input }) => input.startsWith(`${prefix}-`));
      expect(new Set(mine.map(({ input }) => input)).size).toBe(6_000);
      expect(mine).toHaveLength(6_000);
      const latencies = mine.map(({ input, at }) => at - (sent.get(input) ?? at)).sort((a, b) => a - b);
      return (latencies[Math.floor(latencies.length * 0.99)] ?? 0) / 1000;
    };
    const quiet = await measure('quiet', async () => {}, 6_100);
    const rolling = await measure(
      'rolling',
      async () => {
        await sleep(5_000);
        await cluster.kubectl('-n', NAMESPACE, 'rollout', 'restart', `statefulset/${AGENTS}-worker`);
        await cluster.kubectl('-n', NAMESPACE, 'rollout', 'status', `statefulset/${AGENTS}-worker`, '--timeout=120s');
      },
      12_100,
    );
    console.log(
      `measured: p99 latency of outputs, with 2 s between commits: ${quiet.toFixed(2)} s undisturbed, ${rolling.toFixed(2)} s while workers roll (${(rolling / quiet).toFixed(2)} times)`,
    );
  }, 900_000);
});

describe('the scheduled jobs', () => {
  test.each(['savepoint', 'restore-test'])(
    '%s runs and succeeds',
    async (name) => {
      const job = `${name}-now`;
      await cluster.kubectl('-n', NAMESPACE, 'create', 'job', job, `--from=cronjob/${AGENTS}-${name}`);
      const done = await until(`${name} ends`, 240, async () => {
        const { status } = await cluster.get(NAMESPACE, 'job', job);
        return status.succeeded === 1 ? 'succeeded' : status.failed ? 'failed' : undefined;
      });
      expect(done, await cluster.kubectl('-n', NAMESPACE, 'logs', `job/${job}`)).toBe('succeeded');
    },
    300_000,
  );
});

describe('taking it away', () => {
  test('leaves what was asked to stay, and nothing else', async () => {
    const { code, out } = await headrace(cluster, 'uninstall', '--file', file, '--region', 'us');
    expect(code, out).toBe(0);
    view.stop();
    await until(
      'pods are gone',
      150,
      async () => (await cluster.pods(NAMESPACE, 'app.kubernetes.io/part-of=headrace')).length === 0,
    );
    const left = async (kinds: string) =>
      (await cluster.kubectl('-n', NAMESPACE, 'get', kinds, '-o', 'name')).split('\n').filter(Boolean);
    expect(await left('deployments,statefulsets,cronjobs,services,poddisruptionbudgets,roles,rolebindings')).toEqual(
      [],
    );
    expect(await left('persistentvolumeclaims')).toEqual(
      [0, 1].map((ordinal) => `persistentvolumeclaim/work-${FLINK}-taskmanager-${ordinal}`),
    );
    const data = await headrace(cluster, 'uninstall', '--file', file, '--region', 'us', '--delete-data');
    expect(data.code, data.out).toBe(0);
    expect(await left('persistentvolumeclaims')).toEqual([]);
    expect((await left('configmaps')).filter((name) => !name.includes('kube-root-ca'))).toEqual([]);
  }, 300_000);
});

describe('plain manifests', () => {
  test('bring up the same in another namespace, without Helm', async () => {
    const kafka = { bootstrap: [neighbours.kafka.bootstrap] };
    await createTopics(neighbours.kafka.bootstrap, ['plain', 'plain-ratings', 'plain-ratings.dead-letter'], 2);
    const own = join(directory, 'plain');
    mkdirSync(own, { recursive: true });
    await prepareNamespace(cluster, 'plain', 'plain', own);
    const plain = writeDeployment(own, neighbours, {
      name: 'plain',
      over: { source: { kafka: { topic: 'plain', ...kafka } }, sink: { kafka: { topic: 'plain-ratings', ...kafka } } },
    });
    await fetch(`${neighbours.s3.url}/plain-us-state-5c1a9e`, { method: 'PUT' });
    const synth = await headrace(cluster, 'synth', '--file', plain, '--out', own);
    expect(synth.code, synth.out).toBe(0);
    const manifests = join(own, 'dist/manifests/us');
    await cluster.kubectl('apply', '-f', join(manifests, 'platform'));
    await cluster.kubectl(
      'apply',
      '-f',
      join(manifests, 'flink-cluster.yaml'),
      '-f',
      join(manifests, 'agents-app.yaml'),
    );
    const records = inputs('plain', 200);
    await send(neighbours.kafka.bootstrap, 'plain', records, 1_000);
    await cluster.kubectl('-n', 'plain', 'rollout', 'status', 'deployment/plain-agents-job', '--timeout=300s');
    const outputs = await ratings(neighbours.kafka.bootstrap, 'plain-ratings', 'plain', {
      count: 200,
      quietMs: 30_000,
    });
    expect(outputs).toHaveLength(200);
    once(outputs);
    await cluster.kubectl(
      'delete',
      '-f',
      join(manifests, 'agents-app.yaml'),
      '-f',
      join(manifests, 'flink-cluster.yaml'),
      '--wait=false',
    );
  }, 600_000);
});
