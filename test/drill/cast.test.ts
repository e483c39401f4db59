/** Faults modelled: deployments in which a failover drill would prove nothing. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parseDeployment } from '../../config/index.ts';
import { castOf, drillTimes } from '../../ops/drill/cast.ts';

const text = readFileSync(
  fileURLToPath(new URL('../../examples/review-analysis/headrace.yaml', import.meta.url)),
  'utf8',
);
const deployment = (change: (text: string) => string = (same) => same) =>
  parseDeployment('headrace.yaml', change(text), { profile: 'local' });

describe('the parts of a drill', () => {
  it('are the active region, the first standby and the region that keeps the lease', () => {
    const cast = castOf(deployment());
    expect([cast.primary.name, cast.standby.name, cast.lease.name]).toEqual(['us', 'eu', 'asia']);
  });

  it('cannot be given when the lease would be lost with the active region', () => {
    const model = { ...deployment(), leaseRegion: 'us' };
    expect(() => castOf(model)).toThrow(expect.objectContaining({ code: 'HR-DRILL-007', place: 'dr.lease.region' }));
  });

  it('cannot be given without a standby', () => {
    const model = deployment();
    const alone = { ...model, regions: model.regions.filter(({ role }) => role === 'active') };
    expect(() => castOf(alone)).toThrow(expect.objectContaining({ code: 'HR-DRILL-001', place: 'regions' }));
  });
});

describe('the times of a drill', () => {
  it('are the file’s where they are shorter, and a lease is always renewed several times within its ttl', () => {
    const model = deployment();
    expect(drillTimes(model).lease).toMatchObject({ ttl: 1_000, renew: 200, skew: 100 });
    const short = { ...model, dr: { ...model.dr, lease: { ...model.dr.lease, ttl: 600, skew: 0 } } };
    expect(drillTimes(short).lease).toMatchObject({ ttl: 600, renew: 120, skew: 0 });
    expect(drillTimes(short).checkpoint).toBe(300);
  });

  it('are longer for a scenario whose calls cost more: the stream and the lease, and no others', () => {
    const { lease, stream, ...others } = drillTimes(deployment(), 2_000, 3);
    expect({ lease, stream }).toMatchObject({ lease: { ttl: 3_000, renew: 600, skew: 300 }, stream: 6_000 });
    const { lease: _, stream: __, ...same } = drillTimes(deployment(), 2_000);
    expect({ ...others, patience: same.patience }).toEqual(same);
  });
});
