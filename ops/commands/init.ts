import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CLOUDS, type Cloud, nearest, parseDeployment, SIZES, type Size } from '../../config/index.ts';
import { CommandError } from '../errors.ts';
import { ask } from '../init/questions.ts';
import { agentFile, deploymentFile, type InitAnswers, type InitRegion } from '../init/template.ts';
import type { CommandContext, Outcome } from '../terminal/command.ts';

export interface InitOptions {
  readonly file: string;
  readonly name?: string;
  readonly entry?: string;
  readonly region?: readonly string[];
  readonly model?: string;
  readonly sourceTopic?: string;
  readonly sinkTopic?: string;
  readonly yes?: boolean;
  readonly force?: boolean;
}

export interface InitResult {
  readonly written: readonly string[];
}

/** Writes a deployment file that validates, and a first agent where there is none. */
export async function init(options: InitOptions, { terminal, json }: CommandContext): Promise<Outcome<InitResult>> {
  const target = resolve(options.file);
  if (existsSync(target) && !options.force) {
    throw new CommandError('HR-INIT-001', options.file, 'the file exists; it was left as it is', {
      mend: 'name another with --file, or replace it with --force',
    });
  }
  const given = fromFlags(options);
  const id = randomBytes(3).toString('hex');
  const interactive = !options.yes && !json && process.stdin.isTTY === true;
  const answers = interactive ? await ask(given, id) : withDefaults(given, id);
  const text = deploymentFile(answers);
  parseDeployment(options.file, text);
  const files = new Map([[target, text]]);
  const agent = resolve(dirname(target), answers.entry);
  if (!existsSync(agent)) files.set(agent, agentFile(answers.name, apiModule(agent)));
  for (const [path, content] of files) writeWhole(path, content);
  const written = [...files.keys()].map((path) => relative(process.cwd(), path));
  terminal.line(`wrote ${written.join(' and ')}`);
  terminal.line(`next: headrace validate --file ${options.file}, then headrace run --file ${options.file}`);
  return { result: { written } };
}

function fromFlags(options: InitOptions): Partial<InitAnswers> {
  const model = options.model;
  if (model !== undefined && model !== 'openai' && model !== 'ollama')
    throw badFlag('--model', model, ['openai', 'ollama']);
  return {
    ...(options.name ? { name: options.name } : {}),
    ...(options.entry ? { entry: options.entry } : {}),
    ...(options.region?.length ? { regions: options.region.map(parseRegion) } : {}),
    ...(model ? { model } : {}),
    ...(options.sourceTopic && options.sinkTopic
      ? { topics: { source: options.sourceTopic, sink: options.sinkTopic } }
      : {}),
  };
}

/** `us=aws:us-east-1:small`; the first is active, the others stand by. */
function parseRegion(text: string, index: number): InitRegion {
  const match = /^([^=]+)=([^:]+):([^:]+)(?::([^:]+))?$/.exec(text);
  if (!match) {
    throw new CommandError('HR-INIT-002', '--region', `"${text}" is no region`, {
      mend: 'write NAME=CLOUD:LOCATION or NAME=CLOUD:LOCATION:SIZE, such as us=aws:us-east-1:small',
    });
  }
  const [, name = '', cloud = '', region = '', size = 'small'] = match;
  if (!CLOUDS.includes(cloud as Cloud)) throw badFlag('--region', cloud, CLOUDS);
  if (!SIZES.includes(size as Size)) throw badFlag('--region', size, SIZES);
  return { name, cloud: cloud as Cloud, region, role: index === 0 ? 'active' : 'standby', size: size as Size };
}

function badFlag(flag: string, value: string, allowed: readonly string[]): CommandError {
  const meant = nearest(value, allowed);
  return new CommandError(
    'HR-INIT-002',
    flag,
    `"${value}" is not one of ${allowed.join(', ')}`,
    meant ? { mend: `did you mean ${meant}?` } : {},
  );
}

function withDefaults(given: Partial<InitAnswers>, id: string): InitAnswers {
  const name = given.name;
  if (!name)
    throw new CommandError('HR-INIT-002', '--name', 'is needed where nobody can be asked', { mend: 'add --name NAME' });
  return {
    name,
    id,
    entry: given.entry ?? './agent.ts',
    regions: given.regions ?? [
      { name: 'us', cloud: 'aws', region: 'us-east-1', role: 'active', size: 'small' },
      { name: 'eu', cloud: 'azure', region: 'westeurope', role: 'standby', size: 'small' },
    ],
    model: given.model ?? 'openai',
    topics: given.topics ?? { source: `${name}-in`, sink: `${name}-out` },
  };
}

/** Where an agent at a path finds the API: by its package, or by a relative path inside this checkout. */
function apiModule(agent: string): string {
  const root = fileURLToPath(new URL('../../', import.meta.url));
  const api = resolve(root, 'runtime/api/index.ts');
  if (!existsSync(api)) return 'headrace';
  const path = relative(dirname(agent), api).split('\\').join('/');
  return path.startsWith('.') ? path : `./${path}`;
}

function writeWhole(path: string, content: string): void {
  mkdirSync(dirname(path), { recursive: true });
  const temporary = `${path}.${process.pid}.tmp`;
  writeFileSync(temporary, content);
  renameSync(temporary, path);
}
