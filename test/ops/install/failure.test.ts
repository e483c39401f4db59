// What goes wrong while a release is on its way: a pod that does not come up, a Ctrl-C, a run that was killed.
import { describe, expect, it } from 'vitest';
import { type FakeRevision, FakeWorld } from './fake-cluster.ts';

const FLINK = 'reviews-flink';
const AGENTS = 'reviews-agents';

const revision = (number: number, status: string, more: Partial<FakeRevision> = {}): FakeRevision => ({
  revision: number,
  updated: new Date().toISOString(),
  status,
  description: '',
  manifest: '',
  run: '',
  ...more,
});

/** A worker that cannot pull its image. */
const STUCK = {
  kind: 'Pod',
  metadata: {
    name: 'reviews-agents-worker-0',
    labels: { 'app.kubernetes.io/instance': AGENTS, 'app.kubernetes.io/component': 'worker' },
    creationTimestamp: '2026-01-01T00:00:00Z',
  },
  status: {
    phase: 'Pending',
    containerStatuses: [
      {
        name: 'worker',
        ready: false,
        restartCount: 0,
        state: { waiting: { reason: 'ImagePullBackOff', message: 'manifest unknown' } },
      },
    ],
  },
};

describe('a chart that does not come up', () => {
  it('is explained, rolled back, and ends with code 1', async () => {
    const world = await FakeWorld.make({
      objects: [STUCK],
      releases: { [AGENTS]: [revision(1, 'deployed')] },
      upgrades: { 'agents-app': { seconds: 3, fails: 'context deadline exceeded' } },
    });
    const { code, stdout, stderr } = await world.install();
    expect(code).toBe(1);
    expect(stdout).toContain('Pod reviews-agents-worker-0, container worker: ImagePullBackOff');
    expect(stdout).toContain('headrace images build --push');
    expect(stderr).toContain('HR-INSTALL-010');
    expect(stderr).toContain('reviews-agents is at revision 3, which works as before');
    expect(stderr).toContain('context deadline exceeded');
    expect(world.read().releases[FLINK]?.at(-1)?.status).toBe('deployed');
  });

  it('is told as JSON, with its explanation and what became of each release', async () => {
    const world = await FakeWorld.make({
      objects: [STUCK],
      upgrades: { 'agents-app': { seconds: 3, fails: 'context deadline exceeded' } },
    });
    const { code, stdout } = await world.install('--json');
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      ok: false,
      failures: [{ code: 'HR-INSTALL-010', mend: expect.stringContaining('images.registry') }],
      explanations: [{ object: 'Pod reviews-agents-worker-0', reason: 'ImagePullBackOff', says: 'manifest unknown' }],
      releases: [
        { release: FLINK, status: 'deployed' },
        { release: AGENTS, status: 'absent' },
      ],
    });
  });

  it('takes the agents with it when Flink is the one, at a first installation', async () => {
    const world = await FakeWorld.make({
      upgrades: { 'flink-cluster': { seconds: 3, fails: 'context deadline exceeded' }, 'agents-app': { seconds: 60 } },
    });
    const { code, stdout, stderr } = await world.install();
    expect(code).toBe(1);
    expect(stdout).toContain(`${FLINK} did not come up: Helm takes ${AGENTS} away again`);
    expect(stderr).toContain(`release ${FLINK}`);
    expect(stderr).toContain('context deadline exceeded');
    expect(world.read().releases).toEqual({});
  });

  it('whose platform another manager owns is not touched', async () => {
    const world = await FakeWorld.make({ conflict: 'argocd-controller' });
    const { code, stderr } = await world.install();
    expect(code).toBe(1);
    expect(stderr).toContain('argocd-controller manages some of these fields');
    expect(world.calls('helm upgrade')).toEqual([]);
  });
});

describe('Ctrl-C', () => {
  it('lets Helm put the release back, says what is left, and the same command goes on', async () => {
    const world = await FakeWorld.make({ upgrades: { 'flink-cluster': { seconds: 60 } } });
    const { code, stdout, stderr } = await world.headrace(['install', '--region', 'us', '--outputs', 'outputs.json'], {
      text: `${FLINK}: TaskManagers 0/1`,
      signal: 'SIGINT',
    });
    expect({ code, stderr }).toEqual({ code: 130, stderr: '' });
    expect(stdout).toContain(`interrupted: Helm puts ${FLINK} back`);
    expect(stdout).toContain(
      `${FLINK} is not installed: what was made is taken away again, but for volumes; the same command goes on`,
    );
    expect(world.read().releases[FLINK]).toBeUndefined();
    world.change((cluster) => {
      cluster.upgrades = {};
    });
    expect((await world.install()).code).toBe(0);
  });

  it('during an upgrade leaves the later charts alone', async () => {
    const world = await FakeWorld.make({
      releases: { [FLINK]: [revision(1, 'deployed')], [AGENTS]: [revision(1, 'deployed')] },
      upgrades: { 'flink-cluster': { seconds: 60 } },
    });
    const { code, stdout, stderr } = await world.headrace(['install', '--region', 'us', '--outputs', 'outputs.json'], {
      text: `${FLINK}: TaskManagers 0/1`,
      signal: 'SIGINT',
    });
    expect({ code, stderr }).toEqual({ code: 130, stderr: '' });
    expect(stdout).toContain(`interrupted: Helm puts ${FLINK} back`);
    expect(world.calls('helm upgrade')).toEqual([expect.stringContaining(`helm upgrade --install ${FLINK} `)]);
    expect(world.read().releases[AGENTS]).toEqual([revision(1, 'deployed', { updated: expect.any(String) })]);
  });
});

describe('a lock of a run that was killed', () => {
  const HOUR = 3_600_000;
  const old = new Date(Date.now() - 2 * HOUR).toISOString();

  it('is mended by a rollback to the revision that is deployed, without its hooks', async () => {
    const world = await FakeWorld.make({
      releases: {
        [FLINK]: [revision(1, 'superseded'), revision(2, 'deployed'), revision(3, 'pending-upgrade', { updated: old })],
      },
    });
    const { code, stdout } = await world.install();
    expect(code).toBe(0);
    expect(stdout).toContain('was locked (pending-upgrade, revision 3) by a run that is gone: back at revision 2');
    expect(world.calls('helm rollback')).toEqual([expect.stringContaining(`helm rollback ${FLINK} 2 --no-hooks`)]);
  });

  it('is mended after a first installation by taking its record away', async () => {
    const world = await FakeWorld.make({ releases: { [FLINK]: [revision(1, 'pending-install', { updated: old })] } });
    const { code, stdout } = await world.install();
    expect(code).toBe(0);
    expect(stdout).toContain('a first installation that never ended: it goes on from there');
    expect(world.calls().filter((call) => call.includes('delete secret'))).toEqual([
      expect.stringContaining(`sh.helm.release.v1.${FLINK}.v1`),
    ]);
  });

  it('is mended at once when the run was one of this machine and no process of it is alive', async () => {
    const world = await FakeWorld.make({ upgrades: { 'flink-cluster': { seconds: 60 } } });
    // The real label of a real run, whose tool was killed.
    await world.headrace(['install', '--region', 'us', '--outputs', 'outputs.json'], {
      text: `${FLINK}: TaskManagers 0/1`,
      signal: 'SIGINT',
    });
    const run = /headrace\.dev\/run=(\S+)/.exec(world.calls('helm upgrade')[0] ?? '')?.[1] ?? '';
    expect(run).toMatch(/^[A-Za-z0-9-]+\.\d+\.[a-z0-9]+$/);
    world.change((cluster) => {
      cluster.upgrades = {};
      cluster.releases[FLINK] = [revision(1, 'pending-install', { run })];
    });
    expect((await world.install()).code).toBe(0);
  });

  it('is respected while another run may still be at it', async () => {
    const world = await FakeWorld.make({
      releases: { [FLINK]: [revision(1, 'deployed'), revision(2, 'pending-upgrade', { run: 'ci-runner.77.x' })] },
    });
    const { code, stderr } = await world.install();
    expect(code).toBe(2);
    expect(stderr).toContain('HR-INSTALL-009 another run (ci-runner, process 77) is at it');
    expect(stderr).toContain(`helm rollback ${FLINK}`);
    expect(world.read().releases[FLINK]).toHaveLength(2);
  });
});

describe('headrace uninstall', () => {
  const DATA = ['configmap/reviews-flink-cluster-config-map', 'persistentvolumeclaim/work-reviews-flink-taskmanager-0'];

  it('removes both charts, the agents first, and says what stays', async () => {
    const world = await FakeWorld.make({ data: DATA });
    await world.install();
    const { code, stdout } = await world.headrace(['uninstall', '--region', 'us']);
    expect(code).toBe(0);
    expect(world.calls('helm uninstall').map((call) => call.split(' ')[2])).toEqual([AGENTS, FLINK]);
    for (const kept of [...DATA, 'namespace/reviews', 's3://']) expect(stdout).toContain(kept);
    expect(world.read().data).toEqual(DATA);
    const again = JSON.parse((await world.headrace(['uninstall', '--region', 'us', '--json'])).stdout);
    expect(again).toMatchObject({ ok: true, removed: [], deleted: [], kept: expect.arrayContaining(DATA) });
  });

  it('deletes volumes and high-availability data when told to, and never the state', async () => {
    const world = await FakeWorld.make({ data: DATA });
    await world.install();
    const dry = await world.headrace(['uninstall', '--region', 'us', '--delete-data', '--dry-run']);
    expect(dry.stdout).toContain('would be deleted: configmap/');
    expect(world.read().data).toEqual(DATA);
    const { stdout } = await world.headrace(['uninstall', '--region', 'us', '--delete-data', '--json']);
    expect(JSON.parse(stdout)).toMatchObject({
      removed: [AGENTS, FLINK],
      deleted: DATA,
      kept: ['namespace/reviews', expect.stringContaining('s3://')],
    });
    expect(world.read().data).toEqual([]);
    const selectors = world.calls('kubectl').filter((call) => call.includes('--selector'));
    expect(
      selectors.every((call) =>
        /app=reviews-flink,configmap-type=high-availability|instance in \(reviews-flink,reviews-agents\)/.test(call),
      ),
    ).toBe(true);
  });

  it('refuses two wishes at once, and a namespace of another region', async () => {
    const world = await FakeWorld.make({
      namespace: { 'headrace.dev/region': 'eu', 'headrace.dev/deployment': 'reviews' },
    });
    expect(await world.headrace(['uninstall', '--region', 'us', '--keep-data', '--delete-data'])).toMatchObject({
      code: 2,
    });
    const { code, stderr } = await world.headrace(['uninstall', '--region', 'us']);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining('HR-INSTALL-005') });
    expect(world.changes()).toEqual([]);
  });
});
