import { basename, join } from 'node:path';
import { VERSIONS } from '../../../config/index.ts';
import { filesBelow } from '../tree.ts';
import { type Component, location, sha256 } from './component.ts';
import { zipFiles } from './zip.ts';

const MAVEN = /^META-INF\/maven\/[^/]+\/[^/]+\/pom\.properties$/;

/** Every jar below a directory of a context, with the libraries that were packed into it. */
export const jarComponents = (directory: string, place: string): Component[] =>
  filesBelow(directory)
    .filter((path) => path.endsWith('.jar'))
    .map((path) => jarComponent(join(directory, path), `${place}/${path}`));

function jarComponent(file: string, place: string): Component {
  const inside = [...zipFiles(file, (name) => MAVEN.test(name)).values()]
    .map(coordinates)
    .filter((found) => found !== undefined);
  const name = basename(file, '.jar');
  const own = inside.find((one) => name === one.artifact || name === `${one.artifact}-${one.version}`);
  const others = new Map(inside.filter((one) => one !== own).map((one) => [purl(one), one]));
  return {
    type: 'library',
    'bom-ref': place,
    ...(own ? { group: own.group } : {}),
    name: own?.artifact ?? name,
    ...(own ? { version: own.version, purl: purl(own) } : ofHeadrace(name)),
    hashes: sha256(file),
    properties: [location(place)],
    ...(others.size
      ? {
          components: [...others]
            .sort(([a], [b]) => (a < b ? -1 : 1))
            .map(([id, { group, artifact, version }]) => ({
              type: 'library' as const,
              'bom-ref': `${place}#${id}`,
              group,
              name: artifact,
              version,
              purl: id,
            })),
        }
      : {}),
  };
}

interface Coordinates {
  readonly group: string;
  readonly artifact: string;
  readonly version: string;
}

const ofHeadrace = (name: string) => (name.startsWith('headrace-') ? { version: VERSIONS.headrace } : {});

const purl = ({ group, artifact, version }: Coordinates) =>
  `pkg:maven/${group}/${artifact}@${encodeURIComponent(version)}`;

function coordinates(properties: Buffer): Coordinates | undefined {
  const value = (key: string) => new RegExp(`^${key}\\s*=\\s*(.+?)\\s*$`, 'm').exec(properties.toString())?.[1];
  const [group, artifact, version] = [value('groupId'), value('artifactId'), value('version')];
  return group && artifact && version ? { group, artifact, version } : undefined;
}
