import type { RegionModel } from '../../config/index.ts';

/** Where an ARN lives. */
export interface Place {
  /** `aws`, `aws-cn` or `aws-us-gov`. */
  readonly partition: string;
  readonly region: string;
  /** Account id, or a token for that of the credentials. */
  readonly account: string;
}

/** The partition of a region: China and GovCloud are apart from the rest. */
export const partitionOf = (region: string) =>
  region.startsWith('cn-') ? 'aws-cn' : region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';

/** Where a peer's resources live; a peer without an account of its own shares this region's. */
export const placeOf = (peer: Pick<RegionModel, 'region' | 'account'>, here: Place): Place => ({
  partition: partitionOf(peer.region),
  region: peer.region,
  account: peer.account ?? here.account,
});
