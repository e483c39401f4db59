import { existsSync, mkdirSync, readFileSync, realpathSync, statSync, symlinkSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { imagesError } from './errors.ts';
import { copy, filesBelow } from './tree.ts';

/** What of a package's description decides what is installed beside it. */
interface PackageDescription {
  readonly name?: string;
  readonly version?: string;
  readonly license?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>;
  readonly os?: readonly string[];
  readonly cpu?: readonly string[];
}

/** A package and where it goes: `node_modules/…` relative to what it was placed for. */
export interface PlacedPackage {
  readonly name: string;
  readonly version: string;
  readonly license: string | undefined;
  /** Its directory on this machine. */
  readonly directory: string;
  readonly place: string;
}

export const packageDescription = (directory: string): PackageDescription =>
  JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')) as PackageDescription;

/** The directory of a package as Node finds it from a file or directory of this machine. */
export function findPackage(name: string, from: string): string | undefined {
  for (let directory = from; ; directory = dirname(directory)) {
    const found = join(directory, 'node_modules', name);
    if (existsSync(join(found, 'package.json'))) return realpathSync(found);
    if (directory === dirname(directory)) return undefined;
  }
}

/**
 * Lays out packages with all that they need, so that each finds the very versions that it finds on this machine: at the
 * top where that is free, otherwise inside the package that needs another version.
 */
export class PackageTree {
  readonly #placed = new Map<string, PlacedPackage>();
  readonly #leftOut: (name: string) => boolean;
  readonly #shared: PackageTree | undefined;
  /** Packages that are those of the shared tree. */
  readonly links = new Map<string, string>();

  /** @param shared a tree whose packages are used where this one needs the very same. */
  constructor(leftOut: (name: string) => boolean = () => false, shared?: PackageTree) {
    this.#leftOut = leftOut;
    this.#shared = shared;
  }

  get packages(): PlacedPackage[] {
    return [...this.#placed.values()].sort((a, b) => (a.place < b.place ? -1 : 1));
  }

  /** Adds packages that modules at the top import: all at once, so that what they need does not take their places. */
  add(imports: ReadonlyMap<string, string>): void {
    this.#place(
      [...imports].map(([name, importer]) => ({
        name,
        from: dirname(importer),
        parent: '',
        optional: false,
        neededBy: importer,
      })),
    );
  }

  /** Adds what a package at the top of the tree asks for. */
  addDependencies(directory: string): void {
    this.#place(wants(directory, ''));
  }

  #place(queue: Want[]): void {
    for (let want = queue.shift(); want; want = queue.shift()) {
      if (this.#leftOut(want.name)) continue;
      const directory = findPackage(want.name, want.from);
      if (directory === undefined) {
        if (want.optional) continue;
        throw imagesError(
          'HR-IMAGES-003',
          want.neededBy,
          `the package ${want.name} is not installed`,
          'npm install, in the directory of the package.json that declares it',
        );
      }
      if (this.#lookUp(want) === directory) continue;
      const top = `node_modules/${want.name}`;
      const place = this.#at(top) === undefined ? top : `${want.parent}/${top}`;
      if (place !== top && want.parent === '') {
        throw imagesError(
          'HR-IMAGES-003',
          want.neededBy,
          `the agent's own modules import two copies of the package ${want.name}: ${this.#at(top)} and ${directory}`,
          'declare it once, in the package.json above them all',
        );
      }
      const shared = this.#shared?.placeOf(directory);
      if (shared !== undefined) {
        this.links.set(place, shared);
        continue;
      }
      const { version = '0.0.0', license } = packageDescription(directory);
      this.#placed.set(place, { name: want.name, version, license, directory, place });
      queue.push(...wants(directory, place));
    }
  }

  /** Where in this tree a directory of this machine is. */
  placeOf(directory: string): string | undefined {
    return this.packages.find((placed) => placed.directory === directory)?.place;
  }

  #at(place: string): string | undefined {
    const link = this.links.get(place);
    if (link !== undefined) return this.#shared?.directoryAt(link);
    return this.directoryAt(place);
  }

  directoryAt(place: string): string | undefined {
    return this.#placed.get(place)?.directory;
  }

  /** The directory that a package placed in this tree would find. */
  #lookUp({ name, parent }: Want): string | undefined {
    for (let place = parent; ; ) {
      const found = this.#at(place ? `${place}/node_modules/${name}` : `node_modules/${name}`);
      if (found !== undefined || place === '') return found;
      place = place.slice(0, Math.max(0, place.lastIndexOf('/node_modules/')));
    }
  }

  /** Writes the tree. @param to directory that gets `node_modules`. @param shared where the shared tree lies in the image. */
  write(to: string, shared?: string): void {
    for (const { directory, place } of this.packages) {
      copy(directory, join(to, place), (path) => {
        const inside = relative(directory, path);
        return !inside.split('/').includes('node_modules') && !(isDead(inside) && statSync(path).isFile());
      });
    }
    for (const [place, target] of this.links) {
      if (shared === undefined) continue;
      const link = join(to, place);
      mkdirSync(dirname(link), { recursive: true });
      symlinkSync(join(relative(dirname(link), shared), target), link);
    }
  }

  /** Packages that hold code of one kind of machine: built, or to be chosen, for another than the image's. */
  nativeFor(platform: { readonly os: string; readonly cpu: string }): PlacedPackage[] {
    return this.packages.filter(({ directory }) => {
      const { os, cpu } = packageDescription(directory);
      if ((os && !os.includes(platform.os)) || (cpu && !cpu.includes(platform.cpu))) return true;
      const same = process.platform === platform.os && process.arch === platform.cpu;
      return !same && filesBelow(directory).some((path) => path.endsWith('.node') && !path.includes('node_modules/'));
    });
  }
}

interface Want {
  readonly name: string;
  readonly from: string;
  readonly parent: string;
  readonly optional: boolean;
  readonly neededBy: string;
}

function wants(directory: string, parent: string): Want[] {
  const { dependencies, optionalDependencies, peerDependencies, peerDependenciesMeta, name } =
    packageDescription(directory);
  const neededBy = `package ${name}`;
  const want = (optional: (of: string) => boolean) => (of: string) => ({
    name: of,
    from: directory,
    parent,
    optional: optional(of),
    neededBy,
  });
  return [
    ...Object.keys(dependencies ?? {}).map(want((of) => optionalDependencies?.[of] !== undefined)),
    ...Object.keys(optionalDependencies ?? {}).map(want(() => true)),
    ...Object.keys(peerDependencies ?? {})
      .filter((of) => !peerDependenciesMeta?.[of]?.optional)
      .map(want(() => true)),
  ];
}

/** What Node.js never reads: it runs no TypeScript below node_modules. Licences stay. */
const isDead = (path: string) =>
  /\.([cm]?ts|[cm]?tsx|map|md|markdown)$/i.test(path) && !/licen[cs]e|notice|copying/i.test(path);
