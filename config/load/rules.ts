import { overlaps, parseCidr } from '../cidr.ts';
import { RESERVED_KEYS } from '../contract/reserved-flink-keys.ts';
import { ownModels, storeUrl } from '../contract/stores.ts';
import type { Deployment } from '../schema/deployment.ts';
import { formatDuration } from '../schema/scalars.ts';
import { REGION_PLACEHOLDER } from '../schema/streams.ts';
import { VERSIONS } from '../versions.ts';
import type { Path } from './document.ts';
import type { Violation } from './issues.ts';
import { nearest } from './nearest.ts';

/** What holds between values: every rule that a single value's type cannot express. */
export const ruleViolations = (d: Deployment): Violation[] => [
  ...uniqueNames(d),
  ...roles(d),
  ...addresses(d),
  ...secretReferences(d),
  ...leaseRules(d),
  ...platformRules(d),
  ...streamRules(d),
  ...placeholderRules(d),
  ...storeRules(d),
];

function uniqueNames(d: Deployment): Violation[] {
  const seen = new Set<string>();
  return d.regions.flatMap((region, i) => {
    const repeated = seen.has(region.name);
    seen.add(region.name);
    return repeated
      ? [
          {
            code: 'HR-CONFIG-010' as const,
            path: ['regions', i, 'name'],
            message: 'another region has this name',
            mend: 'rename one of them',
          },
        ]
      : [];
  });
}

function roles(d: Deployment): Violation[] {
  const active = d.regions.flatMap((r, i) => (r.role === 'active' ? [{ ...r, i }] : []));
  const standby = d.regions.flatMap((r, i) => (r.role === 'standby' ? [{ ...r, i }] : []));
  const found: Violation[] = [];
  const say = (path: Path, message: string, mend: string, code: Violation['code'] = 'HR-CONFIG-011') =>
    found.push({ code, path, message, mend });
  const first = active[0];
  if (!first) {
    say(['regions'], 'no region is active', 'set role: active on the region that runs the job');
    return found;
  }
  if (d.dr.mode === 'active-standby') {
    for (const extra of active.slice(1)) {
      say(
        ['regions', extra.i, 'role'],
        `active-standby has one active region, and ${first.name} is active already`,
        'set role: standby, or dr.mode: active-active',
      );
    }
    if (standby.length === 0) {
      say(
        ['dr', 'mode'],
        'active-standby needs a standby in another region',
        'add a region with role: standby, or set dr.mode: none',
        'HR-CONFIG-012',
      );
    }
  } else if (d.dr.mode === 'active-active' && active.length < 2) {
    say(
      ['dr', 'mode'],
      'active-active needs two active regions',
      'set role: active on another region, or dr.mode: active-standby',
    );
  } else if (d.dr.mode === 'none' && d.regions.length > 1) {
    say(['dr', 'mode'], 'none is for a single region', 'set dr.mode: active-standby');
  }
  for (const one of standby) {
    const same = active.find((a) => a.cloud === one.cloud && a.region === one.region);
    if (same) {
      say(
        ['regions', one.i, 'region'],
        `a standby must be in another region than what it protects: ${same.name} is in ${one.cloud} ${one.region} as well`,
        'choose another cloud region',
        'HR-CONFIG-012',
      );
    }
  }
  return found;
}

/** The block of a region: its own, or 10.(16 + position).0.0/16. */
export const regionCidr = (region: { cidr?: string | undefined }, index: number) =>
  region.cidr ?? `10.${16 + index}.0.0/16`;

function addresses(d: Deployment): Violation[] {
  const blocks: { label: string; path: Path; text: string }[] = [
    { label: 'network.serviceCidr', path: ['network', 'serviceCidr'], text: d.network.serviceCidr },
    { label: 'network.podCidr', path: ['network', 'podCidr'], text: d.network.podCidr },
    ...d.regions.map((r, i) => ({
      label: `region ${r.name}`,
      path: ['regions', i, 'cidr'] as Path,
      text: regionCidr(r, i),
    })),
  ];
  const found: Violation[] = [];
  for (const [i, block] of blocks.entries()) {
    for (const other of blocks.slice(0, i)) {
      const [a, b] = [parseCidr(block.text), parseCidr(other.text)];
      if (a && b && overlaps(a, b)) {
        found.push({
          code: 'HR-CONFIG-013',
          path: block.path,
          message: `${block.text} overlaps ${other.text} of ${other.label}`,
          mend: 'choose blocks that do not overlap, since regions are peered',
        });
      }
    }
  }
  return found;
}

function secretReferences(d: Deployment): Violation[] {
  const found: Violation[] = [];
  const check = (resource: unknown, path: Path) => {
    if (typeof resource !== 'object' || resource === null) return;
    const { secret, firstOf } = resource as { secret?: string; firstOf?: unknown[] };
    if (secret !== undefined && !d.secrets.includes(secret)) {
      const meant = nearest(secret, d.secrets);
      found.push({
        code: 'HR-CONFIG-014',
        path: [...path, 'secret'],
        message: 'not an entry of secrets',
        ...(d.secrets.length ? { allowed: d.secrets.join(', ') } : {}),
        mend: meant ? `did you mean ${meant}?` : `add ${secret} to secrets`,
      });
    }
    for (const [i, one] of (firstOf ?? []).entries()) check(one, [...path, 'firstOf', i]);
  };
  for (const [name, resource] of Object.entries(d.resources)) check(resource, ['resources', name]);
  const seen = new Set<string>();
  for (const [i, secret] of d.secrets.entries()) {
    if (seen.has(secret))
      found.push({ code: 'HR-CONFIG-010', path: ['secrets', i], message: 'named twice', mend: 'remove one' });
    seen.add(secret);
  }
  return found;
}

function leaseRules(d: Deployment): Violation[] {
  const { lease } = d.dr;
  const found: Violation[] = [];
  if (lease.renew * 3 > lease.ttl) {
    found.push({
      code: 'HR-CONFIG-015',
      path: ['dr', 'lease', 'renew'],
      message: `must be at most a third of dr.lease.ttl (${formatDuration(lease.ttl)}), so that one lost renewal loses nothing`,
      mend: `write ${formatDuration(Math.floor(lease.ttl / 3))} or less`,
    });
  }
  if (lease.region !== undefined && !d.regions.some((r) => r.name === lease.region)) {
    const known = d.regions.map((r) => r.name);
    const meant = nearest(lease.region, known);
    found.push({
      code: 'HR-CONFIG-014',
      path: ['dr', 'lease', 'region'],
      message: 'not the name of a region',
      allowed: known.join(', '),
      ...(meant ? { mend: `did you mean ${meant}?` } : {}),
    });
  }
  if (d.dr.mode !== 'none' && d.state.checkpoint.interval > d.dr.rpo) {
    found.push({
      code: 'HR-CONFIG-015',
      path: ['dr', 'rpo'],
      message: `an objective of ${formatDuration(d.dr.rpo)} cannot be met with a checkpoint every ${formatDuration(d.state.checkpoint.interval)}`,
      mend: 'shorten state.checkpoint.interval',
    });
  }
  return found;
}

function platformRules(d: Deployment): Violation[] {
  const found: Violation[] = [];
  if (d.agent.parallelism > d.agent.maxParallelism) {
    found.push({
      code: 'HR-CONFIG-015',
      path: ['agent', 'parallelism'],
      message: `exceeds agent.maxParallelism (${d.agent.maxParallelism})`,
      mend: 'raise maxParallelism before the first run: it is fixed afterwards',
    });
  }
  if (d.cluster.endpoint === 'restricted' && d.cluster.authorizedRanges.length === 0) {
    found.push({
      code: 'HR-CONFIG-015',
      path: ['cluster', 'endpoint'],
      message: 'a restricted endpoint needs cluster.authorizedRanges',
      mend: 'name the blocks that administrators come from',
    });
  }
  if (!VERSIONS.kubernetes.includes(d.cluster.kubernetes as (typeof VERSIONS.kubernetes)[number])) {
    found.push({
      code: 'HR-CONFIG-005',
      path: ['cluster', 'kubernetes'],
      message: 'value not allowed',
      allowed: VERSIONS.kubernetes.join(', '),
    });
  }
  for (const key of Object.keys(d.flink.configuration)) {
    if (Object.hasOwn(RESERVED_KEYS, key)) {
      found.push({
        code: 'HR-CONFIG-015',
        path: ['flink', 'configuration', key],
        message: 'Headrace sets this key itself',
        mend: RESERVED_KEYS[key] ?? 'remove it',
      });
    }
  }
  if (d.flink.highAvailability === 'zookeeper' && !d.flink.zookeeper) {
    found.push({
      code: 'HR-CONFIG-015',
      path: ['flink', 'highAvailability'],
      message: 'zookeeper needs flink.zookeeper',
      mend: 'name the quorum, such as [ zk-0.zk:2181 ]',
    });
  }
  return found;
}

function streamRules(d: Deployment): Violation[] {
  const file = d.source.file;
  if (!file) return [];
  const found: Violation[] = [];
  const path: Path = ['source', 'file'];
  if (file.format === 'tsv' && !file.columns) {
    found.push({
      code: 'HR-CONFIG-015',
      path: [...path, 'format'],
      message: 'tsv needs source.file.columns',
      mend: "name the columns in the file's order",
    });
  }
  const seen = new Set<string>();
  for (const [i, column] of (file.columns ?? []).entries()) {
    if (seen.has(column))
      found.push({
        code: 'HR-CONFIG-010',
        path: [...path, 'columns', i],
        message: 'another column has this name',
        mend: 'rename one of them',
      });
    seen.add(column);
  }
  for (const [name, { from }] of Object.entries(file.derive)) {
    if (file.columns && !file.columns.includes(from)) {
      const meant = nearest(from, file.columns);
      found.push({
        code: 'HR-CONFIG-014',
        path: [...path, 'derive', name, 'from'],
        message: 'not a column of the file',
        allowed: file.columns.join(', '),
        ...(meant ? { mend: `did you mean ${meant}?` } : {}),
      });
    }
  }
  return found;
}

/** In active-active each region reads its own: two jobs that read the same would do everything twice. */
function placeholderRules(d: Deployment): Violation[] {
  const told = JSON.stringify([d.source, d.sink]).includes(REGION_PLACEHOLDER);
  if (d.dr.mode !== 'active-active') {
    if (!told) return [];
    return [
      {
        code: 'HR-CONFIG-015',
        path: [JSON.stringify(d.source).includes(REGION_PLACEHOLDER) ? 'source' : 'sink'],
        message: `${REGION_PLACEHOLDER} is for dr.mode: active-active, where each region reads its own`,
        mend: 'write the name itself',
      },
    ];
  }
  const { kafka } = d.source;
  // A Kafka of its own keeps a region's inputs apart as well.
  if (kafka === undefined || kafka.bootstrap === 'managed' || kafka.topic.includes(REGION_PLACEHOLDER)) return [];
  return [
    {
      code: 'HR-CONFIG-015',
      path: ['source', 'kafka', 'topic'],
      message: 'every region would read the same topic of the same brokers: in active-active each reads its own keys',
      mend: `name a topic a region: ${kafka.topic}-${REGION_PLACEHOLDER}`,
    },
  ];
}

function storeRules(d: Deployment): Violation[] {
  const own = ownModels(d);
  if (d.stores.ollama.deploy && own.length === 0)
    return [
      {
        code: 'HR-CONFIG-015',
        path: ['stores', 'ollama', 'deploy'],
        message: 'no resource asks for a model of it',
        mend: `write url: ${storeUrl(d, 'ollama')} in a resource with chat or embedding: ollama`,
      },
    ];
  if (!d.stores.ollama.deploy && own.length > 0)
    return [
      {
        code: 'HR-CONFIG-015',
        path: ['stores', 'ollama', 'deploy'],
        message: `resources ask ${storeUrl(d, 'ollama')}, which is not run`,
        mend: 'set stores.ollama.deploy: true',
      },
    ];
  return [];
}
