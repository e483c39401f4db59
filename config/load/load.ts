import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { type ConfigCode, ConfigError, type ConfigIssue } from '../errors.ts';
import { type DeploymentModel, deploymentModel } from '../model.ts';
import { deploymentSchema } from '../schema/deployment.ts';
import { type Path, renderPath, renderValue, SourceFile } from './document.ts';
import { type Violation, violations } from './issues.ts';
import { nearest } from './nearest.ts';
import { overlay } from './profile.ts';
import { ruleViolations } from './rules.ts';

export interface LoadOptions {
  /** Profile to lay over the file. Default: none. Every profile is checked in any case. */
  readonly profile?: string | undefined;
}

/**
 * Reads, overlays and checks a deployment file.
 * @throws ConfigError with every violation of the file and of all its profiles.
 */
export function loadDeployment(file: string, options: LoadOptions = {}): DeploymentModel {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const reason =
      (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'there is no such file' : (error as Error).message;
    throw new ConfigError([
      {
        code: 'HR-CONFIG-001',
        file,
        line: 1,
        column: 1,
        path: '',
        message: reason,
        mend: 'name the file with --file, or write one with headrace init',
      },
    ]);
  }
  return parseDeployment(file, text, options);
}

/** As `loadDeployment`, of a text. @param file the name that errors show. */
export function parseDeployment(file: string, text: string, options: LoadOptions = {}): DeploymentModel {
  const source = new SourceFile(file, text);
  raise(source.syntaxIssues());
  const data = source.data();
  if (typeof data !== 'object' || data === null || Array.isArray(data)) {
    raise([
      {
        code: 'HR-CONFIG-004',
        file,
        line: 1,
        column: 1,
        path: '',
        message: 'a deployment file is a mapping',
        mend: 'write one with headrace init',
      },
    ]);
  }
  const { profiles, ...base } = data as Record<string, unknown>;
  const own = new Map<string | undefined, DeploymentModel>();
  const issues = environmentIssues(source);
  const check = (value: unknown, profile?: string, place: (path: Path) => Path = (path) => path) => {
    const { found, model } = examine(value);
    issues.push(...found.map((violation) => locate(source, value, violation, profile, place)));
    if (model) own.set(profile, model);
  };
  check(base);
  if (profiles !== undefined && !isMapping(profiles)) {
    issues.push(
      locate(source, data, {
        code: 'HR-CONFIG-004',
        path: ['profiles'],
        message: 'expected a mapping of profiles by name',
      }),
    );
  } else {
    for (const [name, over] of Object.entries(profiles ?? {})) {
      const { merged, fromOverlay } = overlay(base, over ?? {});
      check(merged, name, (path) =>
        fromOverlay(path) || (isMapping(over) && has(over, path)) ? ['profiles', name, ...path] : path,
      );
    }
  }
  raise(withoutRepeats(issues));
  const chosen = own.get(options.profile);
  if (!chosen) {
    const known = Object.keys((profiles as object | undefined) ?? {});
    const meant = nearest(options.profile ?? '', known);
    raise([
      {
        code: 'HR-CONFIG-008',
        file,
        ...source.position(['profiles']),
        path: 'profiles',
        message: `no profile ${options.profile}`,
        ...(known.length ? { allowed: known.join(', ') } : {}),
        ...(meant ? { mend: `did you mean ${meant}?` } : {}),
      },
    ]);
  }
  return chosen as DeploymentModel;
}

const isMapping = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const has = (value: unknown, path: Path): boolean =>
  path.length === 0 ||
  (typeof value === 'object' &&
    value !== null &&
    (path[0] as string) in value &&
    has((value as Record<string | number, unknown>)[path[0] as string], path.slice(1)));

let jsonSchema: Record<string, unknown> | undefined;

function examine(value: unknown): { found: Violation[]; model?: DeploymentModel } {
  const parsed = deploymentSchema.safeParse(value);
  if (parsed.success) {
    const found = ruleViolations(parsed.data);
    return found.length ? { found } : { found, model: deploymentModel(parsed.data, value as Record<string, unknown>) };
  }
  jsonSchema ??= z.toJSONSchema(deploymentSchema, { io: 'input', unrepresentable: 'any' }) as Record<string, unknown>;
  const found = violations(parsed.error.issues, value, jsonSchema);
  return { found: [...found, ...rulesOnTheRest(value, found)] };
}

/**
 * Rules between values, on what is left when every value that is wrong by itself is taken away or, where something must
 * stand, replaced by a neutral one: so both kinds of violations show at once. A rule counts only where it concerns a
 * value that is in the file.
 */
function rulesOnTheRest(value: unknown, wrong: readonly Violation[]): Violation[] {
  const rest = structuredClone(value);
  for (const [i, violation] of wrong.entries()) replace(rest, violation.path, neutral(violation, i));
  const parsed = deploymentSchema.safeParse(rest);
  if (!parsed.success) return [];
  return ruleViolations(parsed.data).filter(
    ({ path }) => has(value, path) && !wrong.some((w) => startsWith(w.path, path) || startsWith(path, w.path)),
  );
}

/** Something that a required value can be without breaking a rule; undefined where the value may be missing. */
function neutral({ path, allowed }: Violation, index: number): unknown {
  const key = path.at(-1);
  if (key === 'name') return `neutral-${index}`;
  if (key === 'region' && path[0] === 'regions') return `neutral-${index}`;
  if (path[0] === 'regions' && (key === 'cloud' || key === 'role'))
    return key === 'role' ? 'standby' : allowed?.split(', ')[0];
  if (key === 'entry') return 'neutral';
  return undefined;
}

const startsWith = (path: Path, start: Path) => start.every((part, i) => path[i] === part);

/** Sets a value; undefined takes a key out of a mapping, or an entry out of a list. */
function replace(root: unknown, path: Path, by: unknown): void {
  const parent = path
    .slice(0, -1)
    .reduce<unknown>((node, key) => (node as Record<string | number, unknown> | undefined)?.[key], root);
  const key = path.at(-1);
  if (typeof parent !== 'object' || parent === null || key === undefined) return;
  if (by !== undefined) (parent as Record<string | number, unknown>)[key] = by;
  else if (Array.isArray(parent)) parent.splice(Number(key), 1);
  else delete (parent as Record<string | number, unknown>)[key];
}

function locate(
  source: SourceFile,
  root: unknown,
  violation: Violation,
  profile?: string,
  place: (path: Path) => Path = (path) => path,
): ConfigIssue {
  const path = place(violation.path);
  const at = violation.atKey ? source.keyPosition(path) : source.position(path);
  const received = violation.path.reduce<unknown>(
    (node, key) => (node as Record<string | number, unknown> | undefined)?.[key],
    root,
  );
  return {
    code: violation.code,
    file: source.file,
    ...at,
    path: renderPath(path),
    message: violation.message,
    ...(violation.absent || received === undefined ? {} : { received: renderValue(received) }),
    ...(violation.allowed ? { allowed: violation.allowed } : {}),
    ...(violation.mend ? { mend: violation.mend } : {}),
    ...(profile && path[0] !== 'profiles' ? { profile } : {}),
  };
}

/** `${env:NAME}` would put a secret, or a value that differs by machine, into what is synthesized. */
function environmentIssues(source: SourceFile): ConfigIssue[] {
  return [...source.strings()]
    .filter(({ value }) => /\$\{env:[^}]*\}/i.test(value))
    .map(({ path, value }) => ({
      code: 'HR-CONFIG-007' as ConfigCode,
      file: source.file,
      ...source.position(path),
      path: renderPath(path),
      message: 'values are not read from the environment',
      received: renderValue(value),
      mend: 'name the entry under secrets and refer to it with secret: NAME; its value goes into the secret manager',
    }));
}

/** The file's own violations show again in every profile: each is said once. */
function withoutRepeats(issues: readonly ConfigIssue[]): ConfigIssue[] {
  const seen = new Set<string>();
  return issues.filter((issue) => {
    const key = [issue.code, issue.line, issue.column, issue.message].join('\n');
    return seen.has(key) ? false : seen.add(key);
  });
}

function raise(issues: readonly ConfigIssue[]): void {
  const [first, ...rest] = [...issues].sort((a, b) => a.line - b.line || a.column - b.column);
  if (first) throw new ConfigError([first, ...rest]);
}
