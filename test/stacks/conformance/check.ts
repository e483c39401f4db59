// Whether a cloud's stacks keep a promise.
import type { Json } from '../synthesized.ts';
import { describeExpected, keeps } from './expectation.ts';
import { at } from './path.ts';
import type { Kept, Need, StackName } from './promise.ts';

/** The stacks of a deployment as Terraform reads them. */
export type Stacks = Readonly<Record<StackName, Json>>;

/** Resources of a type by name. Providers and variables count as resources here: `provider.aws`, `variable`. */
export function ofType(stack: Json, type: string): Readonly<Record<string, unknown>> {
  if (type === 'variable') return (stack['variable'] ?? {}) as Record<string, unknown>;
  const [, provider] = /^provider\.(.+)$/.exec(type) ?? [];
  if (provider) return { ...((stack['provider'] as Record<string, unknown[]>)[provider] ?? []) };
  return (stack['resource'] as Record<string, Record<string, unknown>>)[type] ?? {};
}

/** Names of the resources that a need is about. */
export const namesOf = (need: Need, stacks: Stacks): readonly string[] =>
  typeof need.names === 'number' ? Object.keys(ofType(stacks[need.stack], need.type)) : need.names;

/** What is not as promised; empty when the promise is kept. */
export function failures({ needs }: Kept, stacks: Stacks): string[] {
  return needs.flatMap((one) => {
    if (!('forbidden' in one)) return needFailures(one, stacks);
    return Object.entries(stacks).flatMap(([name, stack]) =>
      Object.keys(ofType(stack, one.forbidden)).map((found) => `${name}: ${one.forbidden}.${found} must not be there`),
    );
  });
}

function needFailures(need: Need, stacks: Stacks): string[] {
  const found = ofType(stacks[need.stack], need.type);
  const names = namesOf(need, stacks);
  const wrong: string[] = [];
  if (typeof need.names === 'number' && names.length !== need.names) {
    wrong.push(`${need.stack}: there must be ${need.names} ${need.type}, not ${names.length} (${names.join(', ')})`);
  }
  for (const name of names) {
    const resource = found[name];
    if (resource === undefined) {
      wrong.push(`${need.stack}: no ${need.type}.${name}; there is ${Object.keys(found).join(', ') || 'none'}`);
      continue;
    }
    for (const [path, expected] of Object.entries(need.fields)) {
      const value = at(resource, path);
      if (keeps(expected, value)) continue;
      wrong.push(
        `${need.stack}: ${need.type}.${name} ${path} must ${describeExpected(expected)}, not ${JSON.stringify(value)}`,
      );
    }
  }
  return wrong;
}
