import { defaultId, type NameParts } from './contract/names.ts';
import { type StateRoot, stateRoot } from './contract/state-root.ts';
import { regionCidr } from './load/rules.ts';
import type { Deployment, Region } from './schema/deployment.ts';
import type { Cloud } from './vocabulary.ts';

/** A region with everything that follows from the file filled in. */
export interface RegionModel extends Region {
  /** Position in the file's list, from 0. */
  readonly index: number;
  readonly cidr: string;
  readonly parts: NameParts;
  readonly stateRoot: StateRoot;
}

/** A deployment as every layer sees it: parsed, checked, defaults filled in. */
export interface DeploymentModel extends Omit<Deployment, 'regions' | 'id'> {
  readonly id: string;
  readonly regions: readonly RegionModel[];
  /** Region whose state store keeps the lease. */
  readonly leaseRegion: string;
  /** Cloud that serves the DNS zone. */
  readonly dnsAuthority: Cloud;
  /** The file as written, with the chosen profile laid over it and without the others: it gives this model again. */
  readonly document: Readonly<Record<string, unknown>>;
}

export function deploymentModel(d: Deployment, document: Readonly<Record<string, unknown>>): DeploymentModel {
  const id = d.id ?? defaultId(d.name, d.regions);
  const regions = d.regions.map((region, index) => {
    const parts = { deployment: d.name, id, region: region.name };
    return { ...region, index, cidr: regionCidr(region, index), parts, stateRoot: stateRoot(region.cloud, parts) };
  });
  const last = d.regions.filter((r) => r.role === 'standby').at(-1) ?? d.regions.at(-1);
  const active = d.regions.find((r) => r.role === 'active') ?? d.regions[0];
  return {
    ...d,
    id,
    regions,
    leaseRegion: d.dr.lease.region ?? last?.name ?? '',
    dnsAuthority: d.dns?.authority ?? active?.cloud ?? 'aws',
    document: { ...document, id },
  };
}

/** Regions that pull the restore points of a region's job: every standby, and in active-active every other region. */
export const replicasOf = (d: DeploymentModel, region: RegionModel) =>
  region.role === 'active'
    ? d.regions.filter(
        (other) => other.name !== region.name && (d.dr.mode === 'active-active' || other.role === 'standby'),
      )
    : [];

/** Regions whose job a region stands by for, by the file. */
export const primariesOf = (d: DeploymentModel, region: RegionModel) =>
  d.regions.filter((other) => replicasOf(d, other).some((replica) => replica.name === region.name));

/** Whether a job of active-standby is copied from whichever region has it, rather than from the one that the file calls active. */
export const isCopiedBack = ({ dr }: Pick<DeploymentModel, 'dr'>): boolean =>
  dr.mode === 'active-standby' && dr.failback;

/** Regions that may copy a region's state: those that stand by for it, or, with `dr.failback`, all. */
export const readersOf = (d: DeploymentModel, region: RegionModel) =>
  isCopiedBack(d) ? d.regions.filter(({ name }) => name !== region.name) : replicasOf(d, region);

/** Regions whose restore points a region may pull. */
export const sourcesOf = (d: DeploymentModel, region: RegionModel) =>
  d.regions.filter((other) => readersOf(d, other).some((reader) => reader.name === region.name));

/** Whether a managed Kafka is part of every region. */
export const managedKafka = (d: Pick<Deployment, 'source' | 'sink'>) =>
  d.source.kafka?.bootstrap === 'managed' || d.sink.kafka?.bootstrap === 'managed';
