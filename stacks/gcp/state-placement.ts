import type { DeploymentModel, RegionModel } from '../../config/index.ts';

/** Where a region's bucket and its key live. */
export interface StatePlacement {
  /** A region, or the code of a continent. */
  readonly location: string;
  /** Both regions of a bucket in two; absent for a bucket in one. */
  readonly pair?: readonly [string, string];
  /** Location of the key: that of a bucket in two regions is the continent's (Cloud Storage, "Customer-managed keys"). */
  readonly keyLocation: string;
}

/** Continents whose regions can be paired freely, by how names of regions begin (Cloud Storage, "Bucket locations"). */
const CONTINENTS = [
  { prefix: 'us-', location: 'US', keyLocation: 'us' },
  { prefix: 'europe-', location: 'EU', keyLocation: 'europe' },
  { prefix: 'asia-', location: 'ASIA', keyLocation: 'asia' },
] as const;

const continentOf = (region: string) => CONTINENTS.find(({ prefix }) => region.startsWith(prefix));

/**
 * A bucket in two regions is in this one and in the next Google region of the deployment on the same continent. Where
 * there is none, or the file asks for regional buckets, it is in this region alone.
 */
export function statePlacement(deployment: DeploymentModel, region: RegionModel): StatePlacement {
  const regional = { location: region.region, keyLocation: region.region };
  const continent = continentOf(region.region);
  if (deployment.state.googleBuckets === 'regional' || !continent) return regional;
  const others = deployment.regions.filter(
    (other) => other.cloud === 'gcp' && other.region !== region.region && other.region.startsWith(continent.prefix),
  );
  // The next in the file, and the first after the last.
  const second = others.find(({ index }) => index > region.index) ?? others[0];
  if (!second) return regional;
  const { location, keyLocation } = continent;
  return { location, keyLocation, pair: [region.region, second.region] };
}
