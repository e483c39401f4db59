/** Faults modelled: a kill that is cut off, a region that an earlier drill left stopped, a connection that breaks, a refusal. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { IMAGE_COMMAND, Supervisor } from '../../../ops/drill/regions/supervisor.ts';
import { RegionWorkloads, STOPPED_BY_DRILL } from '../../../ops/drill/regions/workloads.ts';
import { Kubectl } from '../../../ops/install/kubectl.ts';
import { packageRoot } from '../../../ops/package-root.ts';
import { FakeKubectl } from './fake-kubectl.ts';

const specs = ({ items }: FakeKubectl) => items.map(({ spec }) => ({ ...spec }));

describe('a region’s workloads', () => {
  test('are stopped with their pods, and started again as they were', async () => {
    const kubectl = new FakeKubectl();
    const before = specs(kubectl);
    const workloads = new RegionWorkloads(kubectl, ['reviews-flink', 'reviews-agents']);
    expect(await workloads.left()).toEqual([]);
    await workloads.prepare();
    expect(specs(kubectl)).toEqual([{ replicas: 2 }, { replicas: 1 }, { suspend: true }]);
    expect(kubectl.calls.some(([verb]) => verb === 'delete' || verb === 'scale')).toBe(false);
    await workloads.kill();
    expect(specs(kubectl)).toEqual([{ replicas: 0 }, { replicas: 0 }, { suspend: true }]);
    const deleted = kubectl.calls.find(([verb]) => verb === 'delete');
    expect(deleted).toEqual(expect.arrayContaining(['jobs,pods', '--force', '--grace-period=0']));
    expect(deleted?.join(' ')).toContain('app.kubernetes.io/instance in (reviews-flink,reviews-agents)');
    expect(await workloads.left()).toHaveLength(3);
    expect(await workloads.revive()).toHaveLength(3);
    expect(specs(kubectl)).toEqual(before);
    expect(await workloads.left()).toEqual([]);
    expect(await workloads.isReady()).toBe(true);
  });

  test('are found again where a kill was cut off, and a second kill does not forget what they were', async () => {
    const kubectl = new FakeKubectl();
    const before = specs(kubectl);
    const workloads = new RegionWorkloads(kubectl, ['a', 'b']);
    kubectl.patches = 1;
    await expect(workloads.prepare()).rejects.toMatchObject({ code: 'HR-INSTALL-002' });
    expect(await workloads.left()).toHaveLength(1);
    kubectl.patches = Number.POSITIVE_INFINITY;
    await workloads.prepare();
    await workloads.kill();
    await workloads.prepare();
    await workloads.revive();
    expect(specs(kubectl)).toEqual(before);
  });

  test('are ready only with all their pods, and what was stopped by hand is left as it is', async () => {
    const kubectl = new FakeKubectl();
    const workloads = new RegionWorkloads(kubectl, ['a']);
    const [first] = kubectl.items;
    if (first) first.status = { readyReplicas: 1 };
    expect(await workloads.isReady()).toBe(false);
    for (const one of kubectl.items) if (one.spec.replicas !== undefined) one.spec.replicas = 0;
    expect(await workloads.revive()).toEqual([]);
    expect(kubectl.items.some(({ metadata }) => STOPPED_BY_DRILL in metadata.annotations)).toBe(false);
  });
});

describe('a region’s supervisor', () => {
  class Answers extends Kubectl {
    readonly calls: string[][] = [];
    readonly #answers: { code: number; stdout: string; stderr: string }[];
    constructor(...answers: { code: number; stdout: string; stderr: string }[]) {
      super('kubectl', {}, 'reviews');
      this.#answers = answers;
    }
    override async run(args: readonly string[]) {
      this.calls.push([...args]);
      return this.#answers.shift() ?? { code: 1, stdout: '', stderr: 'the script is over' };
    }
  }
  const answer = (code: number, stdout: string, stderr = '') => ({ code, stdout, stderr });

  test('is asked again where the connection broke; a missed objective is an answer', async () => {
    const kubectl = new Answers(
      answer(1, '', 'error: unable to upgrade connection'),
      answer(3, 'note\n{"outcome":"moved"}'),
    );
    expect(await new Supervisor(kubectl, 'reviews-agents').ask(['failover', '--to', 'eu'])).toEqual({
      outcome: 'moved',
    });
    expect(kubectl.calls[0]).toEqual([
      'exec',
      'deployment/reviews-agents-job',
      '--request-timeout=0',
      '--',
      ...IMAGE_COMMAND,
      'failover',
      '--to',
      'eu',
      '--json',
    ]);
  });

  test('says what the command said where that refuses', async () => {
    const kubectl = new Answers(answer(1, '{"failures":[{"code":"HR-STATE-006"}]}'));
    await expect(new Supervisor(kubectl, 'reviews-agents').ask(['failover'])).rejects.toMatchObject({
      code: 'HR-DRILL-012',
      message: expect.stringContaining('HR-STATE-006'),
    });
    expect(kubectl.calls).toHaveLength(1);
  });

  test('starts what the image starts', () => {
    const dockerfile = readFileSync(join(packageRoot, 'runtime/images/worker/Dockerfile'), 'utf8');
    expect(dockerfile).toContain(`ENTRYPOINT ${JSON.stringify(IMAGE_COMMAND).replace(',', ', ')}`);
  });
});
