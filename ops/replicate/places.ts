import { type DeploymentModel, nearest, type RegionModel, sourcesOf } from '../../config/index.ts';
import type { StateError } from '../../runtime/state/errors.ts';
import type { ObjectStore } from '../../runtime/state/object-store.ts';
import { openObjectStore, parseStoreUri } from '../../runtime/state/open-store.ts';
import { CommandError } from '../errors.ts';
import { badFlag } from '../terminal/flags.ts';

/** A region's state root. */
export interface RegionPlace {
  readonly region: RegionModel;
  readonly uri: string;
}

export function findRegion(deployment: DeploymentModel, flag: string, name: string): RegionModel {
  const region = deployment.regions.find((one) => one.name === name);
  if (region) return region;
  const names = deployment.regions.map((one) => one.name);
  const meant = nearest(name, names);
  throw new CommandError('HR-CLI-006', flag, `"${name}" is not a region of the file: ${names.join(', ')}`, {
    ...(meant ? { mend: `did you mean ${meant}?` } : {}),
  });
}

/** The region to copy from: the one that is asked for, else the only one that this region stands by for. */
export function sourceOf(deployment: DeploymentModel, region: RegionModel, asked: string | undefined): RegionModel {
  if (asked !== undefined) {
    const source = findRegion(deployment, '--from', asked);
    if (source.name !== region.name) return source;
    throw new CommandError('HR-CLI-006', '--from', `"${asked}" is the region to copy to`, {
      mend: 'name another region',
    });
  }
  const sources = sourcesOf(deployment, region);
  if (sources.length === 1) return sources[0] as RegionModel;
  const found =
    sources.length === 0 ? 'copies from no other region' : `copies from ${sources.map((s) => s.name).join(', ')}`;
  throw new CommandError('HR-CLI-006', '--from', `by the file, ${region.name} ${found}`, {
    mend: 'name one region with --from',
  });
}

/** State roots that are not where the file says, by region: `us=file:///state/us`. */
export function parseRoots(texts: readonly string[]): Map<string, string> {
  return new Map(texts.map((text) => parseRoot(text.trim())));
}

function parseRoot(text: string): readonly [string, string] {
  const [, region, uri] = /^([^=]+)=(.+)$/.exec(text) ?? [];
  if (region === undefined || uri === undefined) {
    throw badFlag('--root', text, 'write region=uri, such as us=file:///state/us');
  }
  try {
    parseStoreUri(uri);
  } catch (error) {
    throw badFlag('--root', text, (error as StateError).mend ?? 'write the URI of a state root');
  }
  return [region, uri];
}

export const placeOf = (region: RegionModel, roots: ReadonlyMap<string, string>): RegionPlace => ({
  region,
  uri: roots.get(region.name) ?? region.stateRoot.uri,
});

/** A bucket's own region is known from the file, wherever this process runs. */
export const openPlace = ({ region, uri }: RegionPlace): Promise<ObjectStore> =>
  openObjectStore(uri, region.cloud === 'aws' ? { s3: { region: region.region } } : {});
