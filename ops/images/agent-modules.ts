import { existsSync, realpathSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Plugin } from 'esbuild';
import { packageRoot } from '../package-root.ts';
import { imagesError } from './errors.ts';

/** An agent's own modules and what they import. */
export interface AgentModules {
  /** Absolute paths of modules and JSON files: the entry and what it imports, statically or by `import()` of a literal. */
  readonly files: readonly string[];
  /** Packages, each with a module that imports it. */
  readonly packages: ReadonlyMap<string, string>;
  /** Modules of Headrace itself that are imported by a path rather than by the package's name. */
  readonly ofHeadrace: readonly string[];
}

/** Modules whose exports the package `headrace` has as well. */
const PUBLIC = ['runtime/api/', 'runtime/index.'];

/**
 * Follows an agent's imports. Nothing is run or rewritten: the image gets the sources as they are.
 * @param entry absolute path.
 * @throws CommandError HR-IMAGES-002 with the place of an import that leads nowhere, HR-IMAGES-003 for one that the image cannot hold.
 */
export async function agentModules(entry: string): Promise<AgentModules> {
  const { build } = await import('esbuild');
  const packages = new Map<string, string>();
  const ofHeadrace = new Set<string>();
  const plugin: Plugin = {
    name: 'headrace-agent',
    setup({ onResolve }) {
      onResolve({ filter: /.*/ }, ({ path, importer, kind }) => {
        if (kind === 'entry-point') return undefined;
        if (isBuiltin(path)) return { external: true };
        const written = path.startsWith('file:') ? fileURLToPath(path) : path;
        if (isAbsolute(written)) {
          throw imagesError(
            'HR-IMAGES-003',
            importer,
            `it imports ${path}, a path of this machine`,
            'import it by a relative path',
          );
        }
        if (path.startsWith('.')) {
          const target = resolve(dirname(importer), path);
          if (!isOfHeadrace(target)) return undefined;
          ofHeadrace.add(publicModule(target, importer));
          return { external: true };
        }
        // Imports of the package itself, `#name`, lead to a file or to another package.
        if (path.startsWith('#')) return undefined;
        const name = packageName(path);
        if (!packages.has(name)) packages.set(name, importer);
        return { external: true };
      });
    },
  };
  try {
    const { metafile } = await build({
      entryPoints: [entry],
      absWorkingDir: dirname(entry),
      bundle: true,
      write: false,
      metafile: true,
      platform: 'node',
      format: 'esm',
      target: 'node24',
      logLevel: 'silent',
      preserveSymlinks: false,
      plugins: [plugin],
    });
    const files = Object.keys(metafile.inputs).map((path) => realpathSync(resolve(dirname(entry), path)));
    return { files: files.sort(), packages, ofHeadrace: [...ofHeadrace].sort() };
  } catch (error) {
    throw described(error, entry);
  }
}

/** `@scope/name/part` is part of the package `@scope/name`. */
export const packageName = (specifier: string) =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');

const isOfHeadrace = (path: string) =>
  ['runtime', 'config', 'ops', 'charts', 'stacks', 'build'].some((folder) =>
    path.startsWith(join(packageRoot, folder) + sep),
  );

function publicModule(path: string, importer: string): string {
  const inside = relative(packageRoot, path)
    .split(sep)
    .join('/')
    .replace(/^build\//, '');
  if (PUBLIC.some((start) => inside.startsWith(start)) && existsSync(path)) return path;
  throw imagesError(
    'HR-IMAGES-003',
    importer,
    `it imports ${inside}, which is not what Headrace offers to agents`,
    "import { … } from 'headrace'",
  );
}

interface Message {
  readonly text: string;
  readonly location: { readonly file: string; readonly line: number; readonly column: number } | null;
  readonly detail?: unknown;
}

function described(error: unknown, entry: string): unknown {
  const [first] = (error as { errors?: readonly Message[] }).errors ?? [];
  if (!first) return error;
  // What the plugin threw.
  if (first.detail instanceof Error) return first.detail;
  const place = first.location
    ? `${resolve(dirname(entry), first.location.file)}:${first.location.line}:${first.location.column + 1}`
    : entry;
  return imagesError(
    'HR-IMAGES-002',
    place,
    first.text,
    'headrace run must be able to load it; data is read from files, which --include adds to the image',
  );
}
