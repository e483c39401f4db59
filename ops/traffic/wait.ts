import { setTimeout as sleep } from 'node:timers/promises';
import { CommandError } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';
import { span } from '../job/quantities.ts';
import { leadOf, lookAt, type TrafficLook } from './look.ts';
import type { TrafficNames } from './names.ts';
import type { Resolve } from './resolve.ts';

/** Until a cloud's name servers all have a change: Route 53 says within a minute (its guide, "How Route 53 routes traffic"). */
const PROPAGATION_MS = 120_000;

/** How long names may take to lead elsewhere: a resolver keeps what it was told just before the change. */
export const patience = ({ ttl }: TrafficNames): number => ttl + PROPAGATION_MS;

export interface WaitOptions {
  readonly to: string;
  /** Milliseconds. */
  readonly wait: number;
  readonly signal: AbortSignal;
  readonly progress: (text: string) => void;
}

/** Looks until the name leads to a region. @throws CommandError HR-TRAFFIC-003 when it does not in time. */
export async function ledTo(names: TrafficNames, resolve: Resolve, options: WaitOptions): Promise<TrafficLook> {
  const until = Date.now() + options.wait;
  const every = Math.min(5_000, Math.max(200, names.ttl / 4));
  for (;;) {
    const look = await lookAt(names, resolve);
    if (look.leadsTo === options.to) return look;
    const left = until - Date.now();
    if (left <= 0) {
      throw new CommandError('HR-TRAFFIC-003', look.name, `after ${span(options.wait)}: ${leadOf(look)}`, {
        exitCode: EXIT.failed,
        mend: `the change is made: the same command waits again, headrace traffic looks; a resolver may keep the old answer for ${span(names.ttl)}, or the parent zone does not delegate to the stack's dns_name_servers`,
      });
    }
    options.progress(leadOf(look));
    await sleep(Math.min(every, left), undefined, { signal: options.signal });
  }
}
