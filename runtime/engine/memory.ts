import type { MemorySchemas, ShortTermMemory } from '../api/context.ts';
import { HeadraceError } from '../api/errors.ts';

/** What one key remembers, by name. Values survive JSON and are frozen. */
export type MemoryValues = Readonly<Record<string, unknown>>;

/** A run's view of its key's memory: reads through to what the last run left, keeps changes to itself. */
export class RunMemory implements ShortTermMemory<MemorySchemas> {
  readonly #schemas: MemorySchemas;
  readonly #base: MemoryValues | undefined;
  #changed: Record<string, unknown> | undefined;

  constructor(schemas: MemorySchemas, base: MemoryValues | undefined) {
    this.#schemas = schemas;
    this.#base = base;
  }

  /** The key's memory after the run; undefined when the run changed nothing. */
  changes(): MemoryValues | undefined {
    return this.#changed;
  }

  get(name: string): never {
    const values = this.#changed ?? this.#base;
    // What a checkpoint gave back is not frozen yet.
    if (values !== undefined && Object.hasOwn(values, name)) return deepFreeze(values[name]) as never;
    const initial = this.#schema(name).safeParse(undefined);
    return (initial.success ? deepFreeze(initial.data) : undefined) as never;
  }

  set(name: string, value: unknown): never {
    const parsed = this.#schema(name).safeParse(value);
    if (!parsed.success) {
      const issue = parsed.error.issues[0];
      throw new HeadraceError(
        'HR-RUNTIME-005',
        `memory.${[name, ...(issue?.path ?? [])].join('.')}`,
        issue?.message ?? 'the value does not fit its schema',
        { received: shorten(value) },
      );
    }
    this.#changed ??= { ...this.#base };
    this.#changed[name] = deepFreeze(parsed.data);
    return parsed.data as never;
  }

  update(name: string, change: (value: never) => unknown): never {
    return this.set(name, change(this.get(name)));
  }

  delete(name: string): void {
    this.#schema(name);
    this.#changed ??= { ...this.#base };
    delete this.#changed[name];
  }

  #schema(name: string) {
    const schema = Object.hasOwn(this.#schemas, name) ? this.#schemas[name] : undefined;
    if (!schema) {
      throw new HeadraceError('HR-RUNTIME-005', `memory.${name}`, 'the agent declares no such memory', {
        mend: `declare it under memory, or use one of ${Object.keys(this.#schemas).join(', ') || 'none'}`,
      });
    }
    return schema;
  }
}

/** Memory is shared by the runs of a key: a value changed in place would escape the run's atomicity. */
function deepFreeze<T>(value: T): T {
  if (value !== null && typeof value === 'object' && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const inner of Object.values(value)) deepFreeze(inner);
  }
  return value;
}

/** A value as JSON, at most 200 characters. */
export function shorten(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 200 ? `${text.slice(0, 197)}...` : text;
}
