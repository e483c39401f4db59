import type { ChartInput } from '../../../charts/index.ts';
import { platform } from '../../../charts/platform/platform.ts';
import { inputs, type Manifest } from '../inputs.ts';

export interface Cluster {
  readonly cloud?: 'aws' | 'azure' | 'gcp';
  /** Further lines of the file. */
  readonly lines?: readonly string[];
}

const REGIONS = { aws: 'eu-central-1', azure: 'westeurope', gcp: 'europe-west4' } as const;

/** One region in a cloud. */
export function region({ cloud = 'aws', lines = [] }: Cluster = {}): ChartInput {
  const text = `version: 1
name: reviews
id: 5c1a9e
agent: { entry: ./agent.ts, parallelism: 5 }
regions: [{ name: only, cloud: ${cloud}, region: ${REGIONS[cloud]}, role: active }]
source: { kafka: { topic: in } }
sink: { kafka: { topic: out } }
dr: { mode: none }
${lines.join('\n')}
`;
  const [only] = inputs(text);
  if (!only) throw new Error('no region');
  return only;
}

/** All objects of the platform, as YAML would give them. */
export const objects = (input: ChartInput): Manifest[] =>
  JSON.parse(JSON.stringify([...platform(input).values()].flat()));

export const ofKind = (all: readonly Manifest[], kind: string) => all.filter((object) => object.kind === kind);
