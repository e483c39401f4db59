import type { ChartInput } from '../../charts/index.ts';
import { openDeployment } from '../deployment/open.ts';
import { CommandError } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';
import { regionContexts } from '../install/contexts.ts';
import { type Difference, differencesBetween, sift } from '../parity/differences.ts';
import { expectedBetween } from '../parity/expected.ts';
import { asSignedIn, type Looks } from '../parity/looks.ts';
import { modelDifferences, type NotAsked } from '../parity/models.ts';
import { regionNeeds } from '../parity/needs.ts';
import { quotaDifferences } from '../parity/quotas.ts';
import { describedFacts, installedFacts } from '../parity/rendered.ts';
import { secretDifferences } from '../parity/secrets.ts';
import { chartInputs } from '../synth/inputs.ts';
import type { CommandContext, Outcome } from '../terminal/command.ts';

export interface DiffOptions {
  readonly file: string;
  readonly profile?: string | undefined;
  readonly outputs?: string | undefined;
  /** Two regions of the file. */
  readonly regions: readonly string[];
  /** `REGION=CONTEXT` of both: compare what is installed. */
  readonly context: readonly string[];
  /** Ask the clouds whether each secret has a value. */
  readonly secrets: boolean;
  /** Ask the clouds for the limits that each region's nodes and addresses count against. */
  readonly quotas: boolean;
  /** Ask the services of models whether they have those of the file. */
  readonly models: boolean;
  /** Name also what is as it should be. */
  readonly all: boolean;
}

export interface DiffResult {
  readonly regions: readonly [string, string];
  readonly compared: 'described' | 'installed';
  readonly differences: readonly Difference[];
  readonly explained: readonly (Difference & { readonly reason: string })[];
  /** Patterns of `dr.parity.allow` that allow nothing any more. */
  readonly unused: readonly string[];
  /** Models that nobody here can ask for, and why. */
  readonly notAsked: readonly NotAsked[];
}

/** Shows what differs between two regions of which one must be able to stand in for the other. */
export async function diff(
  options: DiffOptions,
  { terminal }: CommandContext,
  looks: Looks = asSignedIn(),
): Promise<Outcome<DiffResult>> {
  const open = await openDeployment(options.file, { profile: options.profile });
  const inputs = chartInputs(open, options.outputs);
  const [a, b] = pair(inputs, options.regions);
  const contexts = contextsOf(options.context, [a.region.name, b.region.name]);
  const facts = (input: ChartInput) => {
    const context = contexts?.get(input.region.name);
    return context === undefined ? describedFacts(input) : installedFacts(input, context);
  };
  const [ofA, ofB] = [await facts(a), await facts(b)];
  const models = options.models ? await modelDifferences(a, b, looks.models) : { differences: [], notAsked: [] };
  const found = [
    ...differencesBetween(ofA, ofB),
    ...(options.secrets ? await secretDifferences(a, b, looks.secrets) : []),
    ...(options.quotas
      ? await quotaDifferences(a.region, b.region, await regionNeeds(a.deployment), looks.quotas)
      : []),
    ...models.differences,
  ];
  const { allow } = open.deployment.dr.parity;
  const { unexplained, explained, unused } = sift(found, [...allow, ...expectedBetween(a.region, b.region)]);
  const result: DiffResult = {
    regions: [a.region.name, b.region.name],
    compared: contexts ? 'installed' : 'described',
    differences: unexplained,
    explained,
    unused: allow.filter((one) => unused.includes(one)).map(({ place }) => place),
    notAsked: models.notAsked,
  };
  terminal.step(
    `Regions ${a.region.name} and ${b.region.name}, as ${contexts ? 'installed' : 'the file describes them'}`,
  );
  for (const { place, a: inA, b: inB } of unexplained) terminal.line(`  ${place}: ${shown(inA)} | ${shown(inB)}`);
  if (options.all)
    for (const { place, a: inA, b: inB, reason } of explained)
      terminal.line(`  (${place}: ${shown(inA)} | ${shown(inB)}: ${reason})`);
  for (const { place, reason } of result.notAsked) terminal.line(`  ${place}: not asked, ${reason}`);
  for (const place of result.unused) terminal.line(`  dr.parity.allow: ${place} allows nothing any more`);
  terminal.line(
    `  ${unexplained.length} differences, ${explained.length} more that are as they should be${options.all ? '' : ' (--all)'}`,
  );
  return { result, exitCode: unexplained.length === 0 ? EXIT.ok : EXIT.objectiveMissed };
}

const SHOWN = 60;
const shown = (value: string | null) =>
  value === null ? 'missing' : value.length > SHOWN ? `${value.slice(0, SHOWN).replaceAll('\n', ' ')}…` : value;

function pair(inputs: readonly ChartInput[], regions: readonly string[]): [ChartInput, ChartInput] {
  const known = inputs.map(({ region }) => region.name);
  const [a, b] = regions.map((name) => inputs.find(({ region }) => region.name === name));
  if (regions.length === 2 && a && b && a !== b) return [a, b];
  throw new CommandError('HR-PARITY-001', `--regions ${regions.join(' ')}`, 'these are not two regions of the file', {
    mend: `name two of ${known.join(', ')}`,
  });
}

function contextsOf(given: readonly string[], regions: readonly string[]): ReadonlyMap<string, string> | undefined {
  if (given.length === 0) return undefined;
  const contexts = regionContexts(given, regions);
  if (contexts) return contexts;
  throw new CommandError(
    'HR-PARITY-001',
    `--context ${given.join(' ')}`,
    'these are not the contexts of both regions',
    {
      mend: `write --context ${regions.map((region) => `${region}=CONTEXT`).join(' --context ')}`,
    },
  );
}
