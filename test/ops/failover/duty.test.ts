import { expect, test } from 'vitest';
import { type Duty, type DutySituation, dutyOf } from '../../../ops/failover/duty.ts';

type Asked = NonNullable<DutySituation['failover']>;

const US: DutySituation = {
  region: 'us',
  role: 'active',
  holding: false,
  lease: undefined,
  abandoned: false,
  expired: false,
  failover: undefined,
  automatic: false,
};
const EU: DutySituation = { ...US, region: 'eu', role: 'standby' };
const held = (owner: string) => ({ lease: { owner, state: 'held' as const } });
const released = (owner: string) => ({ lease: { owner, state: 'released' as const } });
const asked = (changes: Partial<Asked> = {}): { failover: Asked } => ({
  failover: { to: 'eu', from: 'us', planned: false, step: 'requested', ...changes },
});
const shown = (duty: Duty) => (duty.kind === 'stand-by' ? `stand-by${duty.cancels ? ', cancels' : ''}` : duty.kind);

test.each<[string, DutySituation, string]>([
  ['the first region starts', US, 'acquire'],
  ['a standby does not start', EU, 'stand-by, cancels'],
  ['the owner works', { ...US, holding: true, ...held('us') }, 'supervise'],
  ['a standby waits while the owner lives', { ...EU, ...held('us') }, 'stand-by, cancels'],
  [
    'and when it is silent, for it is not its decision',
    { ...EU, ...held('us'), abandoned: true, expired: true },
    'stand-by, cancels',
  ],
  ['unless the file lets it decide', { ...EU, ...held('us'), expired: true, automatic: true }, 'take-over'],
  ['not before the lease has run out', { ...EU, ...held('us'), abandoned: true, automatic: true }, 'stand-by, cancels'],
  ['a new process of the owner waits for a sign of life of the old one', { ...US, ...held('us') }, 'stand-by'],
  ['then it goes on', { ...US, ...held('us'), abandoned: true }, 'adopt'],
  ['a lease that was given back by the own region is taken again', { ...US, ...released('us') }, 'acquire'],
  ['the region that took over works, whatever its role', { ...EU, holding: true, ...held('eu') }, 'supervise'],
  ['and its next process goes on', { ...EU, ...held('eu'), abandoned: true }, 'adopt'],
  ['the old one stands by', { ...US, ...held('eu'), expired: true, abandoned: true }, 'stand-by, cancels'],
  ['a failover ends the job where it is', { ...US, holding: true, ...held('us'), ...asked() }, 'give-up'],
  ['a planned one hands it over', { ...US, holding: true, ...held('us'), ...asked({ planned: true }) }, 'hand-over'],
  ['also by a new process', { ...US, ...held('us'), abandoned: true, ...asked({ planned: true }) }, 'adopt'],
  [
    'once it was handed over, nothing starts there',
    { ...US, ...released('us'), ...asked({ planned: true, step: 'stopped' }) },
    'stand-by, cancels',
  ],
  ['nor in the middle of it', { ...US, ...held('eu'), ...asked({ step: 'chosen' }) }, 'stand-by, cancels'],
  [
    'nor by a process that still has the lease',
    { ...US, holding: true, ...held('us'), ...asked({ planned: true, step: 'stopped' }) },
    'give-up',
  ],
  [
    'the new region leaves it to the command',
    { ...EU, ...held('eu'), abandoned: true, ...asked({ step: 'sealed' }) },
    'stand-by',
  ],
  ['until it is done', { ...EU, ...held('eu'), abandoned: true, ...asked({ step: 'done' }) }, 'adopt'],
  ['a cancelled one is none', { ...US, ...released('us'), ...asked({ planned: true, step: 'cancelled' }) }, 'acquire'],
  [
    'a third region is none of its business',
    { ...EU, region: 'asia', ...held('us'), ...asked({ planned: true }) },
    'stand-by, cancels',
  ],
])('%s', (_, situation, duty) => {
  expect(shown(dutyOf(situation))).toBe(duty);
});
