import { styleText } from 'node:util';

/** Where a command talks to a person. With `--json` everything but the result goes nowhere. */
export interface Terminal {
  /** A line that stays. */
  line(text?: string): void;
  /** A heading of a step; its body follows indented. */
  step(title: string): void;
  /** Replaces the last progress line where the terminal can; otherwise shown at most every two seconds, and again every half a minute. */
  progress(text: string): void;
  /** Ends the progress line. */
  progressDone(): void;
}

const PLAIN_INTERVAL_MS = 2_000;
/** The same text again is a sign of life only. */
const PLAIN_REPEAT_MS = 30_000;

/** A terminal on a stream: progress is redrawn in place on a TTY. */
export function terminal(stream: NodeJS.WriteStream): Terminal {
  const live = stream.isTTY === true;
  let open = false;
  let lastPlain = 0;
  let lastText = '';
  const clear = () => {
    if (open && live) stream.write('\r\u001b[2K');
    open = false;
  };
  return {
    line(text = '') {
      clear();
      stream.write(`${text}\n`);
    },
    step(title) {
      clear();
      stream.write(`\n${styleText(['bold', 'cyan'], title, { stream })}\n`);
      lastPlain = Date.now();
    },
    progress(text) {
      if (live) {
        stream.write(
          `\r\u001b[2K  ${styleText('dim', text.slice(0, Math.max(20, (stream.columns ?? 80) - 3)), { stream })}`,
        );
        open = true;
      } else if (Date.now() - lastPlain >= (text === lastText ? PLAIN_REPEAT_MS : PLAIN_INTERVAL_MS)) {
        lastText = text;
        stream.write(`  ${text}\n`);
        lastPlain = Date.now();
      }
    },
    progressDone: clear,
  };
}

/** Says nothing: for `--json`. */
export const silent: Terminal = { line() {}, step() {}, progress() {}, progressDone() {} };
