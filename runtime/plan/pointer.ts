import { HeadraceError } from '../api/errors.ts';

/** Reference tokens of a JSON pointer (RFC 6901). @throws HeadraceError HR-AGENT-004 when it is none. */
export function parsePointer(pointer: string, place: string): string[] {
  if (!pointer.startsWith('/') || /~(?![01])/.test(pointer)) {
    throw new HeadraceError('HR-AGENT-004', place, 'not a JSON pointer', {
      received: JSON.stringify(pointer),
      mend: 'write /field or /outer/inner',
    });
  }
  return pointer
    .slice(1)
    .split('/')
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** The value that tokens lead to, undefined where there is none. */
export function follow(value: unknown, tokens: readonly string[]): unknown {
  let node = value;
  for (const token of tokens) {
    if (node === null || typeof node !== 'object' || !Object.hasOwn(node, token)) return undefined;
    node = (node as Record<string, unknown>)[token];
  }
  return node;
}
