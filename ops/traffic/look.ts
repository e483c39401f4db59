import { table } from '../terminal/table.ts';
import type { TrafficNames } from './names.ts';
import type { Answer, Resolve } from './resolve.ts';

export interface RegionAnswer extends Answer {
  readonly region: string;
}

/** Where the names lead, as seen from here. */
export interface TrafficLook extends Answer {
  /** Region that the name of the agents leads to; null where that is none of the file's, or there is no answer. */
  readonly leadsTo: string | null;
  readonly regions: readonly RegionAnswer[];
}

export async function lookAt(names: TrafficNames, resolve: Resolve): Promise<TrafficLook> {
  const [agents, ...regions] = await Promise.all([
    resolve(names.agents),
    ...[...names.regions].map(async ([region, name]) => ({ region, ...(await resolve(name)) })),
  ]);
  return { ...agents, leadsTo: regionOf(agents, regions) ?? null, regions };
}

/**
 * Region that an answer leads to: the one whose name it passes; else, as some clouds and resolvers leave names out, the only one
 * with its addresses, or whose load balancer's name it passes.
 */
export function regionOf(answer: Answer, regions: readonly RegionAnswer[]): string | undefined {
  const passed = regions.find(({ name }) => answer.chain.includes(name.toLowerCase()));
  if (passed) return passed.region;
  const same = regions.filter(
    ({ chain, addresses }) =>
      (answer.addresses.length > 0 && answer.addresses.every((one) => addresses.includes(one))) ||
      chain.some((name) => answer.chain.includes(name)),
  );
  return same.length === 1 ? same[0]?.region : undefined;
}

/** One line for the name of the agents. */
export function leadOf({ name, leadsTo, failure, addresses }: TrafficLook): string {
  if (leadsTo !== null) {
    const lost = addresses.length === 0 ? ', which has no address' : '';
    return `${name} leads to region ${leadsTo}${lost}`;
  }
  return failure === null ? `${name} leads to none of the file's regions` : `${name} has no answer (${failure})`;
}

export function renderLook(look: TrafficLook, disabled: readonly string[]): string {
  const rows = [{ region: '', ...look }, ...look.regions].map(({ region, name, chain, addresses, failure }) => [
    region,
    name,
    failure === null ? [...chain, addresses.join(', ')].filter(Boolean).join(' > ') : `no answer (${failure})`,
    disabled.includes(region) ? 'no traffic' : '',
  ]);
  return [leadOf(look), '', table(['region', 'name', 'leads to', 'chosen'], rows)].join('\n');
}
