/** An output as the log holds it. */
export interface LoggedOutput {
  readonly id: string;
  readonly key: string;
  readonly value: unknown;
}

/** What a log holds, compared with an undisturbed computation of the same stream. Numbers of outputs, but for keys. */
export interface OutputCount {
  readonly expected: number;
  readonly seen: number;
  /** Expected and not in the log. */
  readonly lost: number;
  /** In the log more than once, counted without the first. */
  readonly repeated: number;
  /** In the log and not expected. */
  readonly unexpected: number;
  /** Of the same id and another content. */
  readonly different: number;
  /** Keys whose outputs do not stand in the expected order. */
  readonly keysOutOfOrder: number;
  readonly keys: number;
  /** At most five ids of each kind of fault, in order. */
  readonly examples: Readonly<Record<'lost' | 'repeated' | 'unexpected' | 'different', readonly string[]>>;
}

/** Counts what is wrong with a log. @param expected outputs of the undisturbed computation, in its order. */
export function countOutputs(expected: Iterable<LoggedOutput>, seen: Iterable<LoggedOutput>): OutputCount {
  const wanted = new Map<string, string>();
  const wantedOrder = new Map<string, string[]>();
  for (const { id, key, value } of expected) {
    wanted.set(id, JSON.stringify(value));
    append(wantedOrder, key, id);
  }
  const found = new Set<string>();
  const foundOrder = new Map<string, string[]>();
  const repeated: string[] = [];
  const unexpected: string[] = [];
  const different: string[] = [];
  let total = 0;
  for (const { id, key, value } of seen) {
    total += 1;
    if (found.has(id)) {
      repeated.push(id);
      continue;
    }
    found.add(id);
    append(foundOrder, key, id);
    const content = wanted.get(id);
    if (content === undefined) unexpected.push(id);
    else if (content !== JSON.stringify(value)) different.push(id);
  }
  const lost = [...wanted.keys()].filter((id) => !found.has(id));
  return {
    expected: wanted.size,
    seen: total,
    lost: lost.length,
    repeated: repeated.length,
    unexpected: unexpected.length,
    different: different.length,
    keysOutOfOrder: [...foundOrder].filter(([key, ids]) => !inOrder(ids, wantedOrder.get(key) ?? [])).length,
    keys: wantedOrder.size,
    examples: {
      lost: lost.slice(0, 5),
      repeated: repeated.slice(0, 5),
      unexpected: unexpected.slice(0, 5),
      different: different.slice(0, 5),
    },
  };
}

function append(lists: Map<string, string[]>, key: string, id: string): void {
  const list = lists.get(key);
  if (list) list.push(id);
  else lists.set(key, [id]);
}

/** Whether ids that both know stand in the same order. */
function inOrder(ids: readonly string[], wanted: readonly string[]): boolean {
  const place = new Map(wanted.map((id, i) => [id, i]));
  let last = -1;
  for (const id of ids) {
    const at = place.get(id);
    if (at === undefined) continue;
    if (at < last) return false;
    last = at;
  }
  return true;
}

/** Calls of models, by their idempotency keys. */
export interface CallCount {
  readonly made: number;
  readonly unique: number;
  /** Made again after the failover, with the same idempotency key. */
  readonly repeated: number;
}

export function countCalls(...regions: readonly (readonly string[])[]): CallCount {
  const all = regions.flat();
  const unique = new Set(all).size;
  return { made: all.length, unique, repeated: all.length - unique };
}
