import { randomUUID } from 'node:crypto';
import { link, mkdir, open, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { HeadraceError } from '../api/errors.ts';

/** Ids of outputs and records of dead letters that are visible in a sink. */
export interface Visible {
  readonly outputs: ReadonlySet<string>;
  readonly deadLetters: ReadonlySet<number>;
}

export type PartKind = 'part' | 'dead-letter';
const partName = (kind: PartKind, checkpoint: number) => `${kind}-${String(checkpoint).padStart(10, '0')}.jsonl`;
const PART = /^(part|dead-letter)-(\d{10})\.jsonl$/;
const TEMPORARY = /^\.(part|dead-letter)-\d{10}\.jsonl\.\d+-[\da-f-]{36}$/;

/**
 * A directory of committed outputs: one file of JSON lines for each checkpoint that had any. A part appears whole and
 * once: whoever commits second finds it there.
 */
export class PartFiles {
  readonly directory: string;

  constructor(directory: string) {
    this.directory = directory;
  }

  /**
   * Makes a checkpoint's lines visible. Committing the same lines again is nothing.
   * @throws HeadraceError HR-RUNTIME-008 when the part exists with other lines: two jobs write to one directory.
   */
  async commit(kind: PartKind, checkpoint: number, text: string): Promise<void> {
    if (text === '') return;
    await mkdir(this.directory, { recursive: true });
    const target = join(this.directory, partName(kind, checkpoint));
    const temporary = join(this.directory, `.${partName(kind, checkpoint)}.${process.pid}-${randomUUID()}`);
    const file = await open(temporary, 'wx');
    try {
      await file.writeFile(text);
      await file.sync();
      await link(temporary, target);
      const directory = await open(this.directory, 'r');
      await directory.sync().finally(() => directory.close());
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      if ((await readFile(target, 'utf8')) !== text) {
        throw new HeadraceError('HR-RUNTIME-008', target, 'the part file exists with other content', {
          mend: 'give this job a directory of its own, or empty it: another job, or an earlier run without this state, wrote here',
        });
      }
    } finally {
      await file.close();
      await rm(temporary, { force: true });
    }
  }

  /**
   * Closes the slots of checkpoints `after` < n <= `last`: what is not in them now never will be. An earlier owner that
   * wakes up between its last check and its write finds its slot taken, and ends with HR-RUNTIME-008.
   */
  async close(after: number, last: number): Promise<void> {
    await mkdir(this.directory, { recursive: true });
    for (let checkpoint = after + 1; checkpoint <= last; checkpoint++) {
      for (const kind of ['part', 'dead-letter'] as const) {
        const file = await open(join(this.directory, partName(kind, checkpoint)), 'wx').catch((error: unknown) => {
          if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
        });
        await file?.close();
      }
    }
    const directory = await open(this.directory, 'r');
    await directory.sync().finally(() => directory.close());
  }

  /** What checkpoints `after` < n <= `last` made visible: ids of outputs, and records of dead letters. */
  async committed(after: number, last: number): Promise<Visible> {
    const outputs = new Set<string>();
    const deadLetters = new Set<number>();
    const range = { after, last };
    for await (const { id } of readParts<{ id: string }>(this.directory, 'part', range)) outputs.add(id);
    for await (const { record } of readParts<{ record: number }>(this.directory, 'dead-letter', range))
      deadLetters.add(record);
    return { outputs, deadLetters };
  }
}

/** Removes all parts, and what killed writers left of unfinished ones. Other files of the directory stay. */
export async function removeParts(directory: string): Promise<void> {
  for (const name of await namesIn(directory)) {
    if (PART.test(name) || TEMPORARY.test(name)) await rm(join(directory, name), { force: true });
  }
}

async function namesIn(directory: string): Promise<string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/** Committed lines of one kind, parsed, in order of commit; of checkpoints `after` < n <= `last` where a range is given. */
export async function* readParts<T>(
  directory: string,
  kind: PartKind = 'part',
  { after, last }: { readonly after: number; readonly last: number } = { after: 0, last: Number.POSITIVE_INFINITY },
): AsyncGenerator<T> {
  const wanted = (await namesIn(directory)).filter((one) => {
    const [, found, checkpoint] = PART.exec(one) ?? [];
    return found === kind && Number(checkpoint) > after && Number(checkpoint) <= last;
  });
  for (const name of wanted.sort()) {
    for (const line of (await readFile(join(directory, name), 'utf8')).split('\n')) {
      if (line !== '') yield JSON.parse(line) as T;
    }
  }
}
