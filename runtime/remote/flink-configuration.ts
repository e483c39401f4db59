import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { LineCounter, parseDocument } from 'yaml';
import type { ExecutionConfig } from '../api/environment.ts';
import { RemoteError } from './errors.ts';

/**
 * The `agent` node of Flink's configuration file, `config.yaml`.
 * @param directory default: FLINK_CONF_DIR; where that is unset or the file is not there, the configuration is empty.
 * @throws RemoteError HR-REMOTE-005 with line and column for a file that cannot be read, or values that are no scalars.
 */
export function agentConfiguration(directory = process.env['FLINK_CONF_DIR']): ExecutionConfig {
  if (!directory) return {};
  const file = join(directory, 'config.yaml');
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw new RemoteError('HR-REMOTE-005', file, (cause as Error).message, { cause });
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const at = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return `${file}:${line}:${col}`;
  };
  const [broken] = document.errors;
  if (broken) {
    throw new RemoteError('HR-REMOTE-005', at(broken.pos[0]), `is not YAML: ${broken.message}`, {
      mend: 'correct the line',
    });
  }
  const agent = document.toJS()?.agent as unknown;
  if (agent === undefined || agent === null) return {};
  const place = (path: readonly string[]) => {
    const node = document.getIn(path, true) as { range?: readonly number[] } | undefined;
    return at(node?.range?.[0] ?? 0);
  };
  if (typeof agent !== 'object' || Array.isArray(agent)) {
    throw new RemoteError('HR-REMOTE-005', place(['agent']), 'agent is no map', {
      mend: 'write agent: { name: value }',
    });
  }
  for (const [name, value] of Object.entries(agent)) {
    if (['string', 'number', 'boolean'].includes(typeof value)) continue;
    throw new RemoteError('HR-REMOTE-005', place(['agent', name]), `agent.${name} is no string, number or boolean`, {
      mend: 'write one value, or several names',
    });
  }
  return agent as ExecutionConfig;
}
