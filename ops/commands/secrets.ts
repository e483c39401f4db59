import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { type Cloud, loadDeployment } from '../../config/index.ts';
import { awsWriter, azureWriter, gcpWriter, type SecretWriter, secretPlaces } from '../deploy/secret-writers.ts';
import { CommandError } from '../errors.ts';
import type { CommandContext, Outcome } from '../terminal/command.ts';

export interface SetSecretOptions {
  readonly file: string;
  readonly profile?: string | undefined;
  /** Name in the deployment file. */
  readonly name: string;
  /** Regions; empty: all. */
  readonly region: readonly string[];
  /** File to read the value from. Default: standard input. */
  readonly from?: string | undefined;
}

export interface SetSecretResult {
  readonly written: readonly { readonly region: string; readonly entry: string }[];
}

export type Writers = Readonly<Record<Cloud, SecretWriter>>;

/** Most bytes that every cloud's entry holds: Key Vault takes 25 KiB. */
const MOST_BYTES = 25 * 1024;

/** Writes a secret's value into the secret manager of each region. It is no argument, and nothing prints it. */
export async function setSecret(
  options: SetSecretOptions,
  { terminal }: CommandContext,
  writers: Writers = { aws: awsWriter(), azure: azureWriter(), gcp: gcpWriter() },
): Promise<Outcome<SetSecretResult>> {
  const deployment = loadDeployment(options.file, { profile: options.profile });
  if (!deployment.secrets.includes(options.name)) {
    throw new CommandError('HR-SECRET-001', options.name, 'the file names no such secret', {
      mend: `name one of ${deployment.secrets.join(', ') || 'none'}, or add it to secrets of the file`,
    });
  }
  const known = deployment.regions.map(({ name }) => name);
  const unknown = options.region.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new CommandError('HR-SECRET-001', '--region', `the file has no region ${unknown}`, {
      mend: `name one of ${known.join(', ')}`,
    });
  }
  const value = await readValue(options);
  const written: { region: string; entry: string }[] = [];
  for (const place of secretPlaces(deployment, options.name, options.region)) {
    terminal.progress(`${place.region.name}: ${place.entry}`);
    await writers[place.region.cloud](place, value);
    terminal.line(`  ${place.region.name}: ${place.entry} has a new version`);
    written.push({ region: place.region.name, entry: place.entry });
  }
  terminal.line('Pods take it up within two minutes, by their secret store driver.');
  return { result: { written } };
}

/** @throws CommandError HR-SECRET-002 when there is no value, or more than every cloud holds. */
async function readValue({ from }: SetSecretOptions): Promise<string> {
  const refuse = (message: string) =>
    new CommandError('HR-SECRET-002', from ?? 'standard input', message, {
      mend: 'give the value as a file or a pipe: headrace secrets set NAME < FILE',
    });
  if (!from && process.stdin.isTTY) throw refuse('a value typed here would be seen by whoever looks on');
  let given: string;
  try {
    given = from ? readFileSync(from, 'utf8') : await text(process.stdin);
  } catch (error) {
    throw refuse((error as Error).message);
  }
  // Editors and echo end a file with a line; keys do not.
  const value = given.replace(/\r?\n$/, '');
  if (value === '') throw refuse('there is no value');
  if (Buffer.byteLength(value) > MOST_BYTES) throw refuse(`a value is at most ${MOST_BYTES} bytes`);
  return value;
}
