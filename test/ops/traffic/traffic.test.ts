// The command against a terraform that stands for the real one and keeps a state, and a DNS server that answers as that state
// says. Faults: a kill in the midst of an apply, a resolver that keeps an old answer, a later deploy that is told nothing.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { TrafficOptions } from '../../../ops/commands/traffic.ts';
import { edit, headrace } from '../command-line.ts';
import { fileWith, Stage, ZONE } from './stage.ts';

const AGENTS = `agents.${ZONE}`;
/** Traffic at region eu alone. */
const AT_EU = { enabled_us: false, enabled_eu: true, enabled_asia: false };
const TO_EU = { to: 'eu', wait: '10s' };

test('without flags it shows the region that the name leads to, and every region’s own', async () => {
  const stage = (await Stage.make()).deployed();
  const look = await stage.traffic();
  expect(look).toMatchObject({ outcome: null, name: AGENTS, leadsTo: 'us', disabled: [] });
  expect(look.chain).toEqual([`us.${ZONE}`]);
  expect(look.addresses).toEqual(['192.0.2.1']);
  expect(look.regions.map(({ region, addresses }) => [region, addresses])).toEqual([
    ['us', ['192.0.2.1']],
    ['eu', ['192.0.2.2']],
    ['asia', ['192.0.2.3']],
  ]);
});

test('a name that leads elsewhere, and one without an answer, are told apart', async () => {
  const stage = (await Stage.make()).deployed();
  stage.overlay[AGENTS] = '198.51.100.7';
  expect(await stage.traffic()).toMatchObject({ leadsTo: null, addresses: ['198.51.100.7'], failure: null });
  // Some clouds answer with the address alone.
  stage.overlay[AGENTS] = '192.0.2.3';
  expect(await stage.traffic()).toMatchObject({ leadsTo: 'asia' });
  const empty = await Stage.make();
  expect(await empty.traffic()).toMatchObject({ leadsTo: null, failure: 'ENOTFOUND' });
});

test('traffic moves to a region, and no later deploy undoes it, also from a fresh checkout', async () => {
  const stage = (await Stage.make()).deployed();
  expect(await stage.traffic(TO_EU)).toMatchObject({ outcome: 'moved', leadsTo: 'eu', disabled: ['us', 'asia'] });
  expect(stage.state()).toMatchObject(AT_EU);
  // Nobody repeats the addresses of the load balancers: they are kept as well.
  expect(stage.state()).toMatchObject({ endpoint_us: '192.0.2.1', endpoint_eu: '192.0.2.2' });
  for (const name of ['cdktf.out', 'dist', 'headrace-outputs.json', '.headrace'])
    rmSync(join(stage.cwd, name), { recursive: true, force: true });
  expect(await stage.deploy()).toMatchObject({ stacks: [] });
  expect(stage.state()).toMatchObject(AT_EU);
  expect(await stage.traffic()).toMatchObject({ leadsTo: 'eu', disabled: ['us', 'asia'] });
});

test('a second time changes nothing, and --enable-all gives traffic back', async () => {
  const stage = (await Stage.make()).deployed();
  await stage.traffic(TO_EU);
  const applied = () => stage.calls().filter((call) => call === 'apply').length;
  const before = applied();
  expect(await stage.traffic(TO_EU)).toMatchObject({ outcome: 'kept', leadsTo: 'eu' });
  expect(applied()).toBe(before);
  expect(await stage.traffic({ enableAll: true })).toMatchObject({ outcome: 'moved', leadsTo: 'us', disabled: [] });
  await stage.deploy();
  expect(stage.state()).toMatchObject({ enabled_us: true, enabled_eu: true, enabled_asia: true });
});

test('a deploy after a region joined the file, or the chosen one left it, leaves no name without a region', async () => {
  const stage = (await Stage.make()).deployed();
  edit(stage.cwd, 'headrace.yaml', (text) => fileWith(text, ['us', 'eu']));
  await stage.deploy();
  await stage.traffic(TO_EU);
  edit(stage.cwd, 'headrace.yaml', (text) => fileWith(text, ['us', 'eu', 'asia']));
  await stage.deploy();
  expect(stage.state()).toMatchObject(AT_EU);
  edit(stage.cwd, 'headrace.yaml', (text) => fileWith(text, ['us', 'asia']));
  await stage.deploy();
  expect(stage.state()).toMatchObject({ enabled_us: true, enabled_asia: true });
});

test('killed while terraform applies, the same command goes on; it says so to people as well', async () => {
  const stage = (await Stage.make()).deployed();
  const args = ['traffic', '--to', 'eu', '--yes', '--resolver', stage.resolver, '--wait', '20s'];
  const killed = await headrace(args, {
    cwd: stage.cwd,
    env: stage.env({ FAKE_APPLY_MS: '600' }),
    signalAt: { text: 'reviews-global: ', signal: 'SIGKILL' },
  });
  expect(killed.code).toBeNull();
  // Whole, whichever it is.
  expect([true, false]).toContain(stage.state()?.['enabled_us']);
  const again = await headrace(args, { cwd: stage.cwd, env: stage.env({}) });
  expect(again).toMatchObject({ code: 0, stdout: expect.stringContaining(`${AGENTS} leads to region eu`) });
  expect(stage.state()).toMatchObject(AT_EU);
});

test('a name that still leads elsewhere after the wait is a failure; the change stays made', async () => {
  const stage = (await Stage.make()).deployed();
  stage.overlay[AGENTS] = `us.${ZONE}`;
  await expect(stage.traffic({ to: 'eu', wait: '1s' })).rejects.toMatchObject({
    code: 'HR-TRAFFIC-003',
    place: AGENTS,
    exitCode: 1,
    message: expect.stringContaining('leads to region us'),
  });
  expect(stage.state()).toMatchObject(AT_EU);
  expect(await stage.traffic({ to: 'eu', wait: false })).toMatchObject({ outcome: 'kept', leadsTo: 'us' });
});

test('a wait ends as soon as the resolver gives the new answer', async () => {
  const stage = (await Stage.make()).deployed();
  stage.overlay[AGENTS] = `us.${ZONE}`;
  const turned = setInterval(() => {
    if (stage.state()?.['enabled_us'] === false) delete stage.overlay[AGENTS];
  }, 700);
  try {
    expect(await stage.traffic({ to: 'eu', wait: '60s' })).toMatchObject({ leadsTo: 'eu' });
  } finally {
    clearInterval(turned);
  }
});

const BAD: readonly [
  string,
  string,
  string,
  Partial<TrafficOptions>,
  { dns?: string; env?: Record<string, string> },
][] = [
  ['no names in the file', 'HR-TRAFFIC-001', 'dns: {', {}, { dns: '' }],
  ['a region that the file does not have', 'HR-TRAFFIC-002', 'did you mean asia?', { to: 'asai' }, {}],
  ['a zone that is not deployed', 'HR-TRAFFIC-004', 'headrace deploy --region global', { to: 'eu' }, {}],
  ['both flags', 'HR-CLI-006', 'leave one out', { to: 'eu', enableAll: true }, {}],
  ['a server by name', 'HR-CLI-006', 'IP address', { resolver: 'localhost:53' }, {}],
  ['another choice outside', 'HR-TRAFFIC-006', 'unset', { to: 'eu' }, { env: { TF_VAR_enabled_us: 'true' } }],
];
test.each(BAD)('%s is bad input, and nothing is applied', async (_, code, mend, flags, { dns, env }) => {
  const stage = await Stage.make(dns);
  await expect(stage.traffic(flags, env)).rejects.toMatchObject({
    code,
    exitCode: 2,
    mend: expect.stringContaining(mend),
  });
  expect(stage.calls()).not.toContain('apply');
});

test('traffic does not go to a region whose load balancer is not known', async () => {
  const stage = await Stage.make();
  await stage.deploy({ TF_VAR_endpoint_us: '192.0.2.1' });
  await expect(stage.traffic(TO_EU)).rejects.toMatchObject({
    code: 'HR-TRAFFIC-005',
    exitCode: 2,
    mend: expect.stringContaining('TF_VAR_endpoint_eu'),
  });
  expect(stage.state()).toMatchObject({ enabled_us: true });
  const told = await stage.traffic(TO_EU, { TF_VAR_endpoint_eu: '192.0.2.2' });
  expect(told).toMatchObject({ outcome: 'moved', leadsTo: 'eu' });
});

test('without a yes, where nobody can be asked, nothing is changed', async () => {
  const stage = (await Stage.make()).deployed();
  await expect(stage.traffic({ ...TO_EU, yes: false })).rejects.toMatchObject({ code: 'HR-DEPLOY-008' });
  expect(stage.state()).toMatchObject({ enabled_us: true });
});
