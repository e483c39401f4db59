// Breaks each property that the table promises, once, in the synthesized stacks, and asks the table whether it notices.
// A mutant that nobody notices is a promise without a test: the run fails.
import type { Cloud } from '../../../config/index.ts';
import { failures, namesOf, ofType, type Stacks } from './check.ts';
import { absent, breaksOf } from './expectation.ts';
import { at, GONE, update } from './path.ts';
import type { Kept, Need, Promised, StackName } from './promise.ts';

export interface Mutant {
  readonly id: string;
  readonly cloud: Cloud;
  /** What was done to which place. */
  readonly what: string;
  readonly stacks: Stacks;
}

/** Every way in which one cloud's part of a promise is broken. */
export function* mutantsOf(promised: Promised, cloud: Cloud, stacks: Stacks): Generator<Mutant> {
  const cell = promised[cloud];
  if ('exception' in cell) return;
  const made = (what: string, changed: Stacks): Mutant => ({ id: promised.id, cloud, what, stacks: changed });
  for (const one of cell.needs) {
    if ('forbidden' in one) {
      for (const stack of Object.keys(stacks) as StackName[]) {
        const changed = change(stacks, stack, one.forbidden, 'made', '', () => ({ name: 'made' }));
        yield made(`${stack}: make ${one.forbidden}.made`, changed);
      }
      continue;
    }
    for (const name of namesOf(one, stacks)) {
      const place = `${one.stack}: ${one.type}.${name}`;
      if (one.type !== 'variable')
        yield made(
          `${place}: drop`,
          change(stacks, one.stack, one.type, name, '', () => GONE),
        );
      const resource = ofType(stacks[one.stack], one.type)[name];
      for (const [path, expected] of Object.entries(one.fields)) {
        for (const broken of breaksOf(expected, at(resource, path))) {
          const to = broken === GONE ? 'take away' : `become ${JSON.stringify(broken)}`;
          yield made(
            `${place} ${path}: ${to}`,
            change(stacks, one.stack, one.type, name, path, () => broken),
          );
        }
      }
    }
    yield* strangers(one, cell, stacks, made);
  }
}

/** The same property of resources that the table does not name: it must name them, or say why it need not. */
function* strangers(need: Need, cell: Kept, stacks: Stacks, made: (what: string, stacks: Stacks) => Mutant) {
  if (need.others) return;
  for (const [path, expected] of Object.entries(need.fields)) {
    if (expected === absent) continue;
    const named = new Set(
      cell.needs.flatMap((one) =>
        'forbidden' in one || one.type !== need.type || one.stack !== need.stack || !(path in one.fields)
          ? []
          : namesOf(one, stacks),
      ),
    );
    for (const [name, resource] of Object.entries(ofType(stacks[need.stack], need.type))) {
      if (named.has(name) || at(resource, path) === undefined) continue;
      const changed = change(stacks, need.stack, need.type, name, path, () => GONE);
      yield made(`${need.stack}: ${need.type}.${name} ${path}: take away, which no row names`, changed);
    }
  }
}

/** Stacks in which one place is another. An empty path is the resource itself. */
function change(
  stacks: Stacks,
  stack: StackName,
  type: string,
  name: string,
  path: string,
  to: (value: unknown) => unknown,
): Stacks {
  const [, provider] = /^provider\.(.+)$/.exec(type) ?? [];
  const keys =
    type === 'variable' ? ['variable', name] : provider ? ['provider', provider, name] : ['resource', type, name];
  return { ...stacks, [stack]: inside(stacks[stack], keys, (value) => (path ? update(value, path, to) : to(value))) };
}

/** As `update`, with keys that may hold dots. */
function inside(value: unknown, keys: readonly string[], to: (value: unknown) => unknown): unknown {
  const [key, ...rest] = keys;
  if (key === undefined) return to(value);
  const children = (value ?? {}) as Record<string, unknown>;
  const made = inside(children[key], rest, to);
  const others = Object.entries(children).filter(([other]) => other !== key);
  return Object.fromEntries(made === GONE ? others : [...others, [key, made]]);
}

export interface Score {
  readonly mutants: number;
  readonly killed: number;
  /** What nobody noticed. */
  readonly survivors: readonly string[];
}

export function score(promises: readonly Promised[], cloud: Cloud, stacks: Stacks): Score {
  let mutants = 0;
  const survivors: string[] = [];
  for (const promised of promises) {
    const whole = promised[cloud];
    // Of a promise that is broken already every mutant would count as noticed.
    const [broken] = 'exception' in whole ? [] : failures(whole, stacks);
    if (broken) throw new Error(`${promised.id} ${cloud} is not kept as it stands: ${broken}`);
    for (const mutant of mutantsOf(promised, cloud, stacks)) {
      mutants += 1;
      const cell = promised[cloud];
      if ('exception' in cell || failures(cell, mutant.stacks).length > 0) continue;
      survivors.push(`${mutant.id} ${cloud}: ${mutant.what}`);
    }
  }
  return { mutants, killed: mutants - survivors.length, survivors };
}
