import type { MemoryValues } from '../engine/index.ts';

/** What one file of a snapshot holds: all keys, or those that changed since the file before. */
export type SnapshotKind = 'base' | 'delta';

/** One file of the chain that a restore reads in order. */
export interface SnapshotFile {
  readonly key: string;
  readonly kind: SnapshotKind;
  readonly bytes: number;
}

/**
 * Short-term memory of all keys, with incremental snapshots: each writes the keys that changed since the last one; once
 * the changes outweigh the base they go into a new base, so that a restore reads at most about twice the live state.
 */
export class KeyedState {
  readonly #values = new Map<string, MemoryValues>();
  #changed = new Set<string>();
  #chain: SnapshotFile[] = [];

  get keys(): number {
    return this.#values.size;
  }

  /** All keys with their values, in order of key (code units). */
  sorted(): [string, MemoryValues][] {
    return [...this.#values].sort(([a], [b]) => (a < b ? -1 : 1));
  }

  get(key: string): MemoryValues | undefined {
    return this.#values.get(key);
  }

  set(key: string, values: MemoryValues): void {
    if (Object.keys(values).length === 0) this.#values.delete(key);
    else this.#values.set(key, values);
    this.#changed.add(key);
  }

  /** Files of the last snapshot, in the order in which a restore reads them. */
  get chain(): readonly SnapshotFile[] {
    return this.#chain;
  }

  /**
   * The content of the next file, undefined when nothing changed. Takes the changes: call `extend` with what was
   * written before the next snapshot.
   */
  snapshot(incremental: boolean): { kind: SnapshotKind; content: string } | undefined {
    if (this.#changed.size === 0) return undefined;
    const base = this.#chain[0]?.bytes ?? 0;
    const deltas = this.#chain.slice(1).reduce((sum, file) => sum + file.bytes, 0);
    const kind = incremental && this.#chain.length > 0 && deltas <= base ? 'delta' : 'base';
    const keys = kind === 'base' ? this.#values.keys() : this.#changed;
    const lines: string[] = [];
    for (const key of keys) lines.push(JSON.stringify([key, this.#values.get(key) ?? null]));
    this.#changed = new Set();
    return { kind, content: lines.length ? `${lines.join('\n')}\n` : '' };
  }

  extend(file: SnapshotFile): void {
    this.#chain = file.kind === 'base' ? [file] : [...this.#chain, file];
  }

  /** Replaces everything by what a chain of files holds. */
  restore(chain: readonly SnapshotFile[], content: (key: string) => string): void {
    this.#values.clear();
    this.#changed = new Set();
    this.#chain = [...chain];
    for (const file of chain) {
      for (const line of content(file.key).split('\n')) {
        if (line === '') continue;
        const [key, values] = JSON.parse(line) as [string, MemoryValues | null];
        if (values === null) this.#values.delete(key);
        else this.#values.set(key, values);
      }
    }
  }
}
