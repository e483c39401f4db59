import type { Cloud, RegionModel } from '../../config/index.ts';
import { CommandError } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';
import type { Refusal } from './ask.ts';
import { type Difference, differencesBetween } from './differences.ts';
import type { Facts } from './facts.ts';
import type { RegionNeeds } from './needs.ts';

/** A limit of a cloud that a region's nodes or addresses count against. */
export interface Limit {
  /** What is limited, in the same words in each cloud. */
  readonly name: string;
  /** What the cloud itself calls it. */
  readonly own: string;
  readonly needed: number;
  /** Undefined where the cloud names no such limit. */
  readonly limit: number | undefined;
}

/** The limits of a region that its needs count against. */
export type QuotaLook = (region: RegionModel, needs: RegionNeeds) => Promise<readonly Limit[]>;

export type QuotaLooks = Readonly<Record<Cloud, QuotaLook>>;

/** @param right what whoever asks must be allowed to do */
export const notTold =
  (region: RegionModel, right: string): Refusal =>
  (message, cause) =>
    new CommandError('HR-PARITY-004', `${region.name} quotas`, message, {
      exitCode: EXIT.failed,
      mend: `sign in to the region's account as somebody who has ${right}`,
      cause,
    });

/** @throws CommandError HR-PARITY-004 where neither the file nor the environment names the account that has the limits. */
export function accountOf(region: RegionModel, variable?: string): string {
  const account = region.account ?? (variable === undefined ? undefined : process.env[variable]);
  if (account) return account;
  throw new CommandError('HR-PARITY-004', `${region.name} quotas`, 'the file does not say whose quotas to ask for', {
    mend: `set regions[${region.index}].account${variable === undefined ? '' : `, or ${variable}`}`,
  });
}

/** Virtual CPUs of a region's nodes, apart by whether they are spot capacity. */
export const vcpusOf = ({ nodes }: RegionNeeds, spot: boolean) =>
  nodes.filter((one) => one.spot === spot).reduce((sum, { vcpus }) => sum + vcpus, 0);

/** Limits that differ, and those that are too small for what the file makes of a region, be they equal or not. */
export async function quotaDifferences(
  a: RegionModel,
  b: RegionModel,
  needs: ReadonlyMap<string, RegionNeeds>,
  looks: QuotaLooks,
): Promise<Difference[]> {
  const [ofA, ofB] = await Promise.all([limits(a, needs, looks), limits(b, needs, looks)]);
  const inBoth = new Set([...ofA.keys()].filter((name) => told(ofA.get(name)) && told(ofB.get(name))));
  const found = differencesBetween(facts(ofA, inBoth), facts(ofB, inBoth));
  for (const name of new Set([...ofA.keys(), ...ofB.keys()])) {
    const [inA, inB] = [ofA.get(name), ofB.get(name)];
    if (short(inA) || short(inB)) found.push({ place: `Quota/${name} needed`, a: said(inA), b: said(inB) });
  }
  return found;
}

async function limits(region: RegionModel, needs: ReadonlyMap<string, RegionNeeds>, looks: QuotaLooks) {
  const ofRegion = needs.get(region.name);
  const found = ofRegion ? await looks[region.cloud](region, ofRegion) : [];
  return new Map(found.filter(({ needed }) => needed > 0).map((one) => [one.name, one]));
}

const told = (one: Limit | undefined) => one?.limit !== undefined;
const short = (one: Limit | undefined) => one !== undefined && (one.limit === undefined || one.limit < one.needed);

const facts = (all: ReadonlyMap<string, Limit>, names: ReadonlySet<string>): Facts =>
  new Map([...names].map((name) => [`Quota/${name} limit`, String(all.get(name)?.limit)]));

const said = (one: Limit | undefined) =>
  one === undefined
    ? 'no such limit'
    : `${one.needed}, ${one.own} ${one.limit === undefined ? 'is not told' : `allows ${one.limit}`}`;
