import { hostname } from 'node:os';
import { CommandError } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';
import { type Helm, type Revision, RUN_LABEL } from './helm.ts';
import type { Kubectl } from './kubectl.ts';
import { runTool } from './tool.ts';

/** Helm itself gives up long before this. */
const LONGEST_MS = 60 * 60_000;
const HOST = hostname()
  .replaceAll(/[^A-Za-z0-9]/g, '-')
  .slice(0, 30);

/** Names this run in Helm's record: a later one asks whether a process of it is alive. */
export const runId = (): string => `${HOST}.${process.pid}.${Date.now().toString(36)}`;

export type Alive = (run: string) => Promise<boolean | undefined>;

/** Whether a process with this run in its arguments is alive here; nothing is known about other machines. */
export const aliveHere: Alive = async (run) => {
  if (!run.startsWith(`${HOST}.`)) return undefined;
  try {
    const { code, stdout } = await runTool('ps', ['-A', '-o', 'args']);
    return code === 0 ? stdout.includes(`${RUN_LABEL}=${run}`) : undefined;
  } catch {
    return undefined;
  }
};

/**
 * A run of Helm that was killed leaves its release locked. Unlocks it: by a rollback to the revision that is deployed,
 * or, where there is none, by taking away the record of the installation that never ended; what it made is then adopted.
 * @returns what was done, for the person.
 * @throws CommandError HR-INSTALL-009 when the other run may still be at it.
 */
export async function mendLock(
  helm: Helm,
  kubectl: Kubectl,
  release: string,
  now = Date.now(),
  alive: Alive = aliveHere,
): Promise<string | undefined> {
  const history = await helm.history(release);
  const last = history.at(-1);
  if (!last) return undefined;
  if (last.status === 'uninstalling') {
    await helm.must(['uninstall', release, '--wait', '--no-hooks'], 'HR-INSTALL-009');
    return `${release} was left half uninstalled; that is finished now`;
  }
  if (!last.status.startsWith('pending-')) return undefined;
  const run = await runOf(kubectl, release, last);
  const age = now - Date.parse(last.updated);
  const living = run === undefined ? undefined : await alive(run);
  if (living ?? age < LONGEST_MS) throw busy(release, last, run, age);
  const deployed = history.findLast((revision) => revision.status === 'deployed');
  if (deployed) {
    // Without hooks: the upgrade that follows runs its own, and a job must not be submitted twice.
    await helm.must(['rollback', release, String(deployed.revision), '--no-hooks'], 'HR-INSTALL-009');
    return `${release} was locked (${last.status}, revision ${last.revision}) by a run that is gone: back at revision ${deployed.revision}`;
  }
  await kubectl.must(['delete', 'secret', secretOf(release, last), '--ignore-not-found']);
  return `${release} was locked by a first installation that never ended: it goes on from there`;
}

const secretOf = (release: string, { revision }: Revision) => `sh.helm.release.v1.${release}.v${revision}`;

async function runOf(kubectl: Kubectl, release: string, revision: Revision): Promise<string | undefined> {
  const text = await kubectl.must([
    'get',
    'secret',
    secretOf(release, revision),
    '--ignore-not-found',
    '--output',
    'json',
  ]);
  const secret = (text.trim() ? JSON.parse(text) : {}) as { metadata?: { labels?: Record<string, string> } };
  return secret.metadata?.labels?.[RUN_LABEL];
}

function busy(release: string, last: Revision, run: string | undefined, age: number): CommandError {
  const who = run ? ` (${run.split('.').slice(0, 2).join(', process ')})` : '';
  return new CommandError(
    'HR-INSTALL-009',
    `release ${release}`,
    `another run${who} is at it since ${Math.max(0, Math.round(age / 1000))} s: revision ${last.revision} is ${last.status}`,
    {
      mend: `wait for it; if it is gone, headrace takes the lock after an hour, or at once: helm rollback ${release}, or for a first installation: kubectl delete secret ${secretOf(release, last)}`,
      exitCode: EXIT.badInput,
    },
  );
}
