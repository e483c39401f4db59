import { existsSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Agent, type AnyAgent } from '../api/agent.ts';
import { HeadraceError } from '../api/errors.ts';

/**
 * Loads the agent that a module exports by default.
 * @param file absolute path of a TypeScript (type-only syntax) or JavaScript module.
 * @throws HeadraceError HR-AGENT-001, HR-AGENT-002 with the place in the user's file, or HR-AGENT-003.
 */
export async function loadAgent(file: string): Promise<AnyAgent> {
  if (!existsSync(file)) {
    throw new HeadraceError('HR-AGENT-001', file, 'there is no such agent file', {
      mend: 'correct agent.entry in the deployment file; it is relative to that file',
    });
  }
  let module: { default?: unknown };
  try {
    module = (await import(pathToFileURL(file).href)) as { default?: unknown };
  } catch (error) {
    throw new HeadraceError(
      'HR-AGENT-002',
      placeOf(error, file),
      `the agent file throws while it is loaded: ${messageOf(error)}`,
      {
        cause: error,
        mend: 'a module that Headrace loads must only declare: move what can fail into an action',
      },
    );
  }
  const found = module.default;
  if (!(found instanceof Agent)) {
    throw new HeadraceError(
      'HR-AGENT-003',
      file,
      found === undefined ? 'it has no default export' : 'its default export is no agent',
      {
        mend: "write: export default agent('name', { … }).on(InputEvent, …)",
      },
    );
  }
  return found;
}

const messageOf = (error: unknown) =>
  error instanceof Error ? `${error.name}: ${error.message.split('\n')[0]}` : String(error);

/** `file:line:column` of the innermost frame in the user's own file, else the file. */
function placeOf(error: unknown, file: string): string {
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  const url = pathToFileURL(file).href;
  for (const line of stack.split('\n')) {
    const match = /(file:\/\/[^\s)]+?)(?:\?[^:]*)?:(\d+):(\d+)\)?$/.exec(line.trim());
    if (match?.[1] === url) return `${fileURLToPath(url)}:${match[2]}:${match[3]}`;
    const syntax = /^(file:\/\/[^\s)]+|\/[^\s:]+):(\d+)$/.exec(line.trim());
    if (syntax && (syntax[1] === url || syntax[1] === file)) return `${file}:${syntax[2]}`;
  }
  return file;
}
