// Decisions that the constructs take from pure functions.
import { describe, expect, test } from 'vitest';
import type { DeploymentModel } from '../../../config/index.ts';
import { managedTopics } from '../../../config/index.ts';
import { apisOf } from '../../../stacks/gcp/apis.ts';
import { money } from '../../../stacks/gcp/budget.ts';
import { kafkaCapacity } from '../../../stacks/gcp/kafka.ts';
import { googlePeers, issuerVariable, otherProject, poolId, providerId } from '../../../stacks/gcp/peers.ts';
import {
  backupLocation,
  maintenanceWindow,
  nodeRange,
  ownsProject,
  serviceRange,
  wholeDays,
} from '../../../stacks/gcp/placement.ts';
import { jobAlerts } from '../../../stacks/job-alerts.ts';
import { active, deployment, everything, GCP_ASIA, restricted, standby } from './deployments.ts';

const region = (model: DeploymentModel, name = 'asia') => model.regions.find((one) => one.name === name) as never;

test.each([
  [everything(), 'asia', 'europe-west4'],
  [everything(), 'eu', 'asia-southeast1'],
  [standby(), 'asia', 'asia-southeast1'],
])('backups go to another Google region where there is one (%#)', (model, name, location) => {
  expect(backupLocation(model, region(model, name))).toBe(location);
});

test.each([
  [active(), 'asia', true],
  [active(), 'eu', false],
  [active(), 'far', true],
  [standby(), 'asia', true],
])('the first region of a project owns what exists once in it (%#)', (model, name, owns) => {
  expect(ownsProject(model, region(model, name))).toBe(owns);
});

test.each([
  [1, 1],
  [86_400_000, 1],
  [86_400_001, 2],
  [30 * 86_400_000, 30],
])('%i ms are covered by %i days', (ms, days) => {
  expect(wholeDays(ms)).toBe(days);
});

test.each([
  ['10.16.0.0/16', '10.16.0.0/18'],
  ['10.32.0.0/12', '10.32.0.0/14'],
  ['10.40.16.0/20', '10.40.16.0/22'],
])('nodes take the first quarter of %s', (cidr, nodes) => {
  expect(nodeRange({ cidr })).toBe(nodes);
});

test.each([
  ['172.16.0.0/12', '172.16.0.0/16'],
  ['172.20.0.0/16', '172.20.0.0/16'],
  ['172.20.0.0/24', '172.20.0.0/24'],
])('services of %s take %s', (cidr, range) => {
  expect(serviceRange(cidr)).toBe(range);
});

describe('upgrades', () => {
  test('happen on other days in neighbouring regions', () => {
    expect(maintenanceWindow({ index: 0 }).recurrence).not.toBe(maintenanceWindow({ index: 1 }).recurrence);
  });

  test.each([0, 1])('have the 48 hours in 32 days that GKE asks for (region %i)', (index) => {
    const { startTime, endTime, recurrence } = maintenanceWindow({ index });
    const hours = (Date.parse(endTime) - Date.parse(startTime)) / 3_600_000;
    const daysAWeek = recurrence.replace(/^.*BYDAY=/, '').split(',').length;
    expect(hours * daysAWeek * 4).toBeGreaterThanOrEqual(48);
  });

  test.each([0, 1])('begin on a day of their own recurrence (region %i)', (index) => {
    const { startTime, recurrence } = maintenanceWindow({ index });
    const day = ['SU', 'MO', 'TU', 'WE', 'TH', 'FR', 'SA'][new Date(startTime).getUTCDay()];
    expect(recurrence).toContain(day);
  });
});

describe('names', () => {
  test('of pools and providers keep within 32 characters for the longest region', () => {
    const longest = {
      name: 'a23456789012',
      parts: { deployment: 'd'.repeat(20), id: 'abcdef', region: 'a23456789012' },
    };
    expect(poolId(longest)).toMatch(/^(?!gcp-)[a-z0-9-]{4,32}$/);
    expect(providerId(longest)).toMatch(/^(?!gcp-)[a-z0-9-]{4,32}$/);
    expect(providerId({ name: 'a' })).toMatch(/^[a-z0-9-]{4,32}$/);
  });

  test('of variables have no dashes', () => {
    expect(issuerVariable({ name: 'us-east' })).toBe('issuer_us_east');
  });
});

test('a peer is in another project only when its account says so', () => {
  const model = active();
  const here = region(model);
  expect(googlePeers(model, here).map((peer) => [peer.name, otherProject(here, peer)])).toEqual([
    ['eu', undefined],
    ['far', 'streams-dr'],
  ]);
});

test.each([
  [standby(), ['iamcredentials', 'sts']],
  [active(), ['iamcredentials', 'sts']],
  [everything(), ['billingbudgets', 'iamcredentials', 'managedkafka', 'sts']],
])('optional services are enabled when something uses them (%#)', (model, optional) => {
  const always = apisOf(restricted(), region(restricted()));
  expect(
    apisOf(model, region(model))
      .filter((api) => !always.includes(api))
      .sort(),
  ).toEqual(optional);
});

test.each([
  [1250.5, '1250', 500_000_000],
  [99, '99', 0],
  [0.01, '0', 10_000_000],
])('%d dollars are %s units and %i nanos', (dollars, units, nanos) => {
  expect(money(dollars)).toEqual({ currencyCode: 'USD', units, nanos });
});

test.each([3, 12])('a Kafka of %i has 4 GiB for each virtual CPU', (brokers) => {
  const { vcpuCount, memoryBytes } = kafkaCapacity({ brokers, version: '4.1.0', storage: 0 });
  expect([Number(vcpuCount), Number(memoryBytes) / brokers / 2 ** 30]).toEqual([brokers, 4]);
});

test('only topics of the managed cluster are made', () => {
  expect(managedTopics(everything())).toEqual({
    reads: ['reviews'],
    writes: ['ratings', 'ratings.dead-letter'],
    journals: [],
  });
  expect(managedTopics(standby())).toEqual({ reads: [], writes: [], journals: [] });
});

describe('alerts', () => {
  const model = everything();
  test('watch the one cluster', () => {
    for (const { query } of jobAlerts(model, region(model), 'reviews-asia'))
      expect(query).toContain('cluster="reviews-asia"');
  });

  test('about silence come before half of the recovery time is gone', () => {
    const slow = deployment({ regions: [`${GCP_ASIA}, role: active`], more: ['dr: { mode: none, rto: 20m }'] });
    const silence = jobAlerts(slow, region(slow), 'x').find(({ id }) => id === 'silence');
    expect(silence?.forMinutes).toBe(10);
  });
});
