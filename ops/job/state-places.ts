import { CommandError } from '../errors.ts';

/** Where Flink's state of one job lies, as Flink says it and as the store does. */
export interface StatePlaces {
  /** Directories below the state root, without a slash at their ends. */
  readonly checkpoints: string;
  readonly savepoints: string;
  readonly restoreTests: string;
  /** The URI that Flink knows a key by. */
  uriOf(key: string): string;
  /** The key of a URI; undefined for one outside the state root. */
  keyOf(uri: string): string | undefined;
}

const LOGICAL = 'state://';

/** Flink writes `file:/x` for `file:///x`. */
const normal = (uri: string) => uri.replace(/^file:\/{1,3}(?=[^/])/, 'file:///').replace(/\/+$/, '');

/**
 * Finds a job's directories from the cluster's own configuration. Each job has directories of its own: one named
 * after the job is taken as it is, another gets a folder of that name.
 * @param root URI of the state root. @param configuration of the JobManager.
 * @throws CommandError HR-JOB-010 where the cluster keeps its state elsewhere.
 */
export function statePlaces(root: string, name: string, configuration: Readonly<Record<string, string>>): StatePlaces {
  const logical = configuration['execution.checkpointing.dir']?.startsWith(LOGICAL) === true;
  const base = logical ? LOGICAL : `${normal(root)}/`;
  const keyOf = (uri: string) => {
    const text = normal(uri);
    return text.startsWith(base) ? text.slice(base.length) : undefined;
  };
  const directory = (option: string) => {
    const configured = configuration[option];
    const key = configured === undefined ? undefined : keyOf(configured);
    if (key !== undefined && key !== '') return key.split('/').at(-1) === name ? key : `${key}/${name}`;
    throw new CommandError(
      'HR-JOB-010',
      option,
      configured === undefined
        ? 'the cluster has no such directory'
        : `the cluster's state is in ${configured}, which is not below ${root}`,
      { mend: `set ${option} to ${LOGICAL}…, with headrace.state.root at ${root}, or name the right --state-root` },
    );
  };
  return {
    checkpoints: directory('execution.checkpointing.dir'),
    savepoints: directory('execution.checkpointing.savepoint-dir'),
    restoreTests: `restore-tests/${name}`,
    uriOf: (key) => `${base}${key}`,
    keyOf,
  };
}
