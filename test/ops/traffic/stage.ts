import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished, vi } from 'vitest';
import { type DeployResult, deploy } from '../../../ops/commands/deploy.ts';
import { type TrafficOptions, type TrafficResult, traffic } from '../../../ops/commands/traffic.ts';
import type { CommandContext } from '../../../ops/terminal/command.ts';
import { silent } from '../../../ops/terminal/terminal.ts';
import { exampleCopy } from '../command-line.ts';
import { dnsServer, type Zone } from './dns-server.ts';

const SCRIPT = fileURLToPath(new URL('./fake-terraform.ts', import.meta.url));

export const ZONE = 'reviews.example.com';
export const REGIONS = ['us', 'eu', 'asia'];
const LOCATIONS: Readonly<Record<string, string>> = { us: 'us-east-1', eu: 'eu-west-1', asia: 'ap-southeast-1' };
const ADDRESS: Readonly<Record<string, string>> = { us: '192.0.2.1', eu: '192.0.2.2', asia: '192.0.2.3' };

type Environment = Readonly<Record<string, string>>;

const CONTEXT: CommandContext = { terminal: silent, json: true, signal: new AbortController().signal };

/** Variables of this process, for as long as it works. */
async function within<T>(env: Environment, work: () => Promise<T>): Promise<T> {
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  try {
    return await work();
  } finally {
    vi.unstubAllEnvs();
  }
}

/** The deployment file with some regions, the first of them active. @param dns its line; empty: none. */
export const fileWith = (text: string, regions: readonly string[], dns = `dns: { zone: ${ZONE}, ttl: 1s }`) =>
  text
    .replace(
      /^regions:\n(?: {2}.*\n)+/m,
      `regions:\n${regions.map((name, i) => `  - { name: ${name}, cloud: aws, region: ${LOCATIONS[name]}, role: ${i === 0 ? 'active' : 'standby'}, size: small }\n`).join('')}`,
    )
    .replace(/^dr:.*$/m, 'dr: { mode: active-standby }')
    .replace(/^dns:.*\n/m, '')
    .concat(`\n${dns}\n`);

/** A deployment file, a terraform that stands for the real one, and a zone that answers as that one's state says. */
export class Stage {
  readonly cwd: string;
  readonly directory: string;
  readonly resolver: string;
  /** Records that win over what the state says. */
  readonly overlay: Record<string, string>;

  private constructor(cwd: string, directory: string, resolver: string, overlay: Record<string, string>) {
    this.cwd = cwd;
    this.directory = directory;
    this.resolver = resolver;
    this.overlay = overlay;
  }

  static async make(dns?: string): Promise<Stage> {
    const directory = mkdtempSync(join(tmpdir(), 'headrace-terraform-'));
    onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
    const path = join(directory, 'terraform');
    writeFileSync(path, `#!/bin/sh\nexec "${process.execPath}" "${SCRIPT}" "${directory}" "$@"\n`);
    chmodSync(path, 0o755);
    writeFileSync(join(directory, 'calls.log'), '');
    const overlay: Record<string, string> = {};
    const resolver = await dnsServer(() => ({ ...zoneOf(stateIn(directory)), ...overlay }));
    return new Stage(
      exampleCopy((text) => fileWith(text, REGIONS, dns)),
      directory,
      resolver,
      overlay,
    );
  }

  /** What the stack's state keeps. */
  state = () => stateIn(this.directory);

  /** Commands of terraform that were called, by name. */
  calls = () =>
    readFileSync(join(this.directory, 'calls.log'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => line.split(' ')[0]);

  /** The stack of the names alone, as a deploy makes it. */
  deploy = (env: Environment = {}): Promise<DeployResult> =>
    within(this.env(env), async () => {
      const options = { file: join(this.cwd, 'headrace.yaml'), out: this.cwd, region: ['global'], yes: true };
      return (await deploy(options, CONTEXT)).result;
    });

  /** As the first deploy leaves it, told of every load balancer. */
  deployed(): this {
    const told = REGIONS.flatMap((name) => [
      [`enabled_${name}`, true],
      [`endpoint_${name}`, ADDRESS[name]],
    ]);
    const state = { regions: {}, dns_variables: Object.fromEntries(told) };
    writeFileSync(join(this.directory, 'state.json'), JSON.stringify(state));
    return this;
  }

  traffic = (flags: Partial<TrafficOptions> = {}, env: Environment = {}): Promise<TrafficResult> =>
    within(this.env(env), async () => {
      const { resolver, cwd } = this;
      const fixed = { file: join(cwd, 'headrace.yaml'), out: cwd, resolver };
      return (await traffic({ ...fixed, enableAll: false, yes: true, ...flags }, CONTEXT)).result;
    });

  env = (more: Environment): Environment => ({ HEADRACE_TOOLS: this.directory, AWS_PROFILE: 'test', ...more });
}

function stateIn(directory: string): Readonly<Record<string, unknown>> | undefined {
  const file = join(directory, 'state.json');
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).dns_variables : undefined;
}

/** The chain that Route 53 would walk, with every region well. */
function zoneOf(state: Readonly<Record<string, unknown>> | undefined): Zone {
  if (!state) return {};
  const endpoints = REGIONS.flatMap((name) =>
    state[`endpoint_${name}`] ? [[`${name}.${ZONE}`, String(state[`endpoint_${name}`])]] : [],
  );
  const first = REGIONS.find((name) => state[`enabled_${name}`] === true) ?? 'asia';
  return { ...Object.fromEntries(endpoints), [`agents.${ZONE}`]: `${first}.${ZONE}` };
}
