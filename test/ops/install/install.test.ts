// The whole command as a process, against a kubectl and a helm that are scripted and record every call.
import { describe, expect, it } from 'vitest';
import { FakeWorld } from './fake-cluster.ts';

const FLINK = 'reviews-flink';
const AGENTS = 'reviews-agents';

/** What changed the cluster, in order, without flags. */
const changesOf = (world: FakeWorld): string[] =>
  world.changes().map((call) =>
    call
      .split(' ')
      .filter((word) => !word.startsWith('-'))
      .slice(0, 3)
      .join(' '),
  );

describe('headrace install', () => {
  it('says where it acts, applies the platform, then installs both charts', async () => {
    const world = await FakeWorld.make();
    const { code, stdout, stderr } = await world.install();
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const text of ['the-context', 'https://us.example.net', 'Kubernetes 1.34.2', 'reviews (new)'])
      expect(stdout).toContain(text);
    const [platform, ...charts] = changesOf(world);
    expect(platform).toContain('kubectl reviews');
    expect(charts.sort()).toEqual([`helm upgrade ${AGENTS}`, `helm upgrade ${FLINK}`]);
    const { namespace, releases } = world.read();
    expect(namespace).toMatchObject({
      'pod-security.kubernetes.io/enforce': 'restricted',
      'headrace.dev/deployment': 'reviews',
      'headrace.dev/region': 'us',
    });
    expect([releases[FLINK]?.at(-1)?.status, releases[AGENTS]?.at(-1)?.status]).toEqual(['deployed', 'deployed']);
  });

  it('waits, rolls back on failure, and gives each chart the values of its region and of the person', async () => {
    const world = await FakeWorld.make();
    await world.install(
      '--set',
      'flink-cluster:taskManager.replicas=2',
      '--set',
      'agents-app:worker.cpu=1',
      '--wait',
      '90s',
      '--namespace',
      'other',
      '--context',
      'mine',
    );
    const [agents, flink] = world.calls('helm upgrade').sort();
    for (const call of [flink, agents]) {
      expect(call).toContain('/values/us.yaml');
      expect(call).toMatch(/--wait --timeout 90s --atomic .*--namespace other/);
      expect(call).toContain('--kube-context mine');
    }
    expect(flink).toContain('--set taskManager.replicas=2');
    expect(flink).not.toContain('worker.cpu');
    expect(agents).toContain('--set worker.cpu=1');
    expect(world.calls('kubectl').every((call) => call.includes('--context mine --namespace other'))).toBe(true);
  });

  it('waits for both charts at once the first time, and for one after the other later', async () => {
    const world = await FakeWorld.make({ upgrades: { 'flink-cluster': { seconds: 3 }, 'agents-app': { seconds: 3 } } });
    const { stdout } = await world.install();
    expect(stdout).toMatch(/ reviews-flink: [^;\n]+; reviews-agents: /);
    world.change((cluster) => {
      cluster.upgrades = { 'flink-cluster': { seconds: 1, fails: 'timed out' } };
    });
    expect((await world.install()).code).toBe(1);
    expect(changesOf(world).filter((call) => call.startsWith('helm upgrade'))).toEqual([
      expect.anything(),
      expect.anything(),
      `helm upgrade ${FLINK}`,
    ]);
  });

  it('changes nothing when it is run again', async () => {
    const world = await FakeWorld.make();
    await world.install();
    const { code, stdout } = await world.install('--json');
    expect(code).toBe(0);
    const { releases } = JSON.parse(stdout);
    expect(releases).toMatchObject([
      { release: FLINK, status: 'deployed', revision: 2, changed: false },
      { release: AGENTS, status: 'deployed', revision: 2, changed: false },
    ]);
  });

  it('tells what would change with --dry-run, and changes nothing', async () => {
    const world = await FakeWorld.make();
    expect((await world.install('--dry-run')).stdout).toMatch(/flink-cluster: \d+ new/);
    await world.install();
    const before = world.changes().length;
    world.edit('agents-app', (text) => text.replace('minReadySeconds: 5', 'minReadySeconds: 6'));
    const { stdout } = await world.install('--dry-run');
    expect(stdout).toContain('flink-cluster: no change');
    expect(stdout).toContain('agents-app: 1 changed (StatefulSet/reviews-agents-worker)');
    expect(world.changes()).toHaveLength(before);
  });

  it('installs one part with --only', async () => {
    const world = await FakeWorld.make();
    expect(await world.install('--only', 'agents-app')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('HR-INSTALL-005'),
    });
    await world.install('--only', 'platform');
    await world.install('--only', 'agents-app');
    expect(Object.keys(world.read().releases)).toEqual([AGENTS]);
  });

  it('needs no stack outputs where the file and the values say everything', async () => {
    const world = await FakeWorld.make();
    const { code, stderr } = await world.headrace(['install', '--region', 'us']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });
});

describe('before anything is changed', () => {
  it.each<[string, Parameters<typeof FakeWorld.make>[0], string[], string[]]>([
    [
      'a cluster that does not answer',
      { unreachable: 'Unable to connect to the server: dial tcp: lookup us.example.net: no such host' },
      [],
      ['HR-INSTALL-004', 'no such host', 'VPN'],
    ],
    [
      'credentials that ran out',
      { unreachable: 'error: You must be logged in to the server (Unauthorized)' },
      [],
      ['HR-INSTALL-004', 'sign in'],
    ],
    ['no context', { server: '' }, [], ['HR-INSTALL-004', 'current-context', '--context NAME']],
    [
      'a kind that the cluster does not know',
      { missing: ['/apis/secrets-store.csi.x-k8s.io/v1'] },
      [],
      ['HR-INSTALL-006', 'SecretProviderClass', 'Secrets Store CSI driver'],
    ],
    [
      'missing rights',
      { denied: ['create statefulsets', 'list events'] },
      [],
      ['HR-INSTALL-007', 'create statefulsets.apps', 'list events'],
    ],
    [
      "another region's namespace",
      { namespace: { 'headrace.dev/deployment': 'reviews', 'headrace.dev/region': 'eu' } },
      [],
      ['HR-INSTALL-005', 'holds region eu of reviews'],
    ],
    [
      "a cluster that is not the stack's",
      { server: 'https://production.example.net' },
      [],
      ['HR-INSTALL-005', 'the stack of region us made https://us.example.net'],
    ],
    ['a helm of another age', { helm: 'v2.17.0' }, [], ['HR-INSTALL-001', 'v2.17.0']],
    ['a region that is none', {}, ['--region', 'mars'], ['HR-CLI-006', 'it has us, eu, asia']],
    ['a part that is none', {}, ['--only', 'kafka'], ['HR-CLI-006', 'platform, flink-cluster, agents-app']],
    ['values that are no file', {}, ['--values', 'agents-app:none.yaml'], ['HR-CLI-006', 'none.yaml']],
    ['a value without a key', {}, ['--set', 'flink-cluster:5'], ['HR-CLI-006', 'key=value']],
    ['a wait that is none', {}, ['--wait', 'long'], ['HR-CLI-006', '--wait']],
  ])('%s ends it with code 2 and a mend', async (_, cluster, args, texts) => {
    const world = await FakeWorld.make(cluster);
    const { code, stderr } = await world.install(...args);
    for (const text of texts) expect(stderr).toContain(text);
    expect(stderr).toContain('mend:');
    expect(code).toBe(2);
    expect(world.changes()).toEqual([]);
  });

  it('a value that waits for the stack ends it, and names what waits', async () => {
    const world = await FakeWorld.make();
    world.edit('agents-app', (text) =>
      text.replace('registry.example.com/team/headrace-worker', 'pending-stack-output/headrace-worker'),
    );
    const { code, stderr } = await world.install();
    expect(code).toBe(2);
    expect(stderr).toContain('StatefulSet reviews-agents-worker');
    expect(stderr).toContain('cdktf output --outputs-file');
    expect(world.changes()).toEqual([]);
  });

  it('an image without a registry ends it', async () => {
    const world = await FakeWorld.make();
    world.edit('flink-cluster', (text) => text.replaceAll('registry.example.com/team/', ''));
    const { code, stderr } = await world.install();
    expect(code).toBe(2);
    expect(stderr).toContain('image headrace-flink');
  });

  it('a missing tool is named with where it comes from', async () => {
    const world = await FakeWorld.make();
    const { code, stderr } = await world.headrace(['install', '--region', 'us'], undefined, {
      HEADRACE_HELM: '/nowhere/helm',
    });
    expect(code).toBe(2);
    expect(stderr).toContain('HEADRACE_HELM HR-INSTALL-001 /nowhere/helm is no executable file');
  });

  it('an untested version of Kubernetes is a warning', async () => {
    const world = await FakeWorld.make({ version: 'v1.29.4-eks-1' });
    const { code, stdout } = await world.install();
    expect(code).toBe(0);
    expect(stdout).toContain('warning: Kubernetes 1.29.4 is older than what the charts are tested with');
  });
});
