import { HeadraceError } from '../api/errors.ts';
import { type RunOutput, shorten } from '../engine/index.ts';

export interface InputPlace {
  readonly key: string;
  readonly inputId: string;
}

/**
 * A run's outputs as lines of JSON, without those whose id is in `visible`.
 * @throws HeadraceError HR-RUNTIME-002 for a value that JSON cannot hold.
 */
export function outputLines(
  { key, inputId }: InputPlace,
  outputs: readonly RunOutput[],
  visible: ReadonlySet<string> | undefined,
): string[] {
  const lines: string[] = [];
  for (const { id, value } of outputs) {
    if (visible?.has(id)) continue;
    try {
      lines.push(`${JSON.stringify({ id, key, input: inputId, value })}\n`);
    } catch (cause) {
      throw new HeadraceError(
        'HR-RUNTIME-002',
        `key ${key}, input ${inputId}`,
        `an output has no form in JSON: ${messageOf(cause)}`,
        { cause, mend: 'correct the action, or the output schema of the agent' },
      );
    }
  }
  return lines;
}

/** An input that was given up, with its error, as a line of JSON. */
export function deadLetterLine(
  input: InputPlace & { readonly record: number; readonly raw: unknown; readonly tries: number },
  error: unknown,
): string {
  const code = (error as { code?: unknown } | undefined)?.code;
  const letter = {
    record: input.record,
    key: input.key,
    input: input.inputId,
    tries: input.tries,
    error: { code: typeof code === 'string' ? code : 'HR-RUNTIME-000', message: messageOf(error) },
    value: input.raw,
  };
  return `${JSON.stringify(letter)}\n`;
}

export const messageOf = (error: unknown) => (error instanceof Error ? error.message : shorten(error));
