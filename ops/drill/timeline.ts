import { closeSync, existsSync, openSync, readFileSync, writeSync } from 'node:fs';

/** What happened, as every process of a drill writes it down. */
export type Happening =
  | { readonly kind: 'ready' }
  | { readonly kind: 'started' }
  | { readonly kind: 'lease-taken'; readonly epoch: number }
  | { readonly kind: 'lease-lost'; readonly epoch: number }
  | {
      readonly kind: 'checkpoint';
      readonly checkpoint: number;
      readonly triggeredAt: number;
      readonly finished: number;
    }
  | {
      readonly kind: 'restore-point';
      readonly checkpoint: number;
      readonly epoch: number;
      readonly triggeredAt: number;
      readonly finished: number;
      readonly bytes: number;
    }
  | { readonly kind: 'replication-failed'; readonly message: string }
  | { readonly kind: 'progress'; readonly finished: number; readonly committed: number }
  /** What the drill did to the region, and when it took it back. */
  | { readonly kind: 'fault'; readonly what: string }
  | { readonly kind: 'healed'; readonly what: string }
  | { readonly kind: 'woken'; readonly pid: number }
  /** An order to break or mend something took effect in the region's process. */
  | { readonly kind: 'switched'; readonly what: string }
  /** A call of a model failed; each message once. */
  | { readonly kind: 'call-failed'; readonly code: string; readonly message: string }
  | { readonly kind: 'sealed'; readonly epoch: number }
  | {
      readonly kind: 'chosen';
      readonly key: string;
      readonly checkpoint: number;
      readonly epoch: number;
      readonly triggeredAt: number;
      readonly finished: number;
      readonly passedOver: readonly { readonly key: string; readonly reason: string }[];
    }
  /** The region goes on from checkpoints that an earlier process of it made after its takeover. */
  | { readonly kind: 'resumed'; readonly checkpoint: number; readonly epoch: number }
  | { readonly kind: 'restored'; readonly checkpoint: number; readonly finished: number; readonly pending: number }
  | {
      readonly kind: 'committed';
      readonly checkpoint: number;
      readonly outputs: number;
      /** Of these, outputs that nobody had made visible before: known only once all regions' logs are compared. */
      readonly fresh?: number;
    }
  | {
      readonly kind: 'finished';
      readonly outputs: number;
      readonly modelCalls: number;
      readonly retries: number;
      readonly deadLetters: number;
    }
  | { readonly kind: 'failed'; readonly code: string; readonly message: string };

export type TimelineEvent = Happening & {
  /** Milliseconds since 1970; all processes of a local drill share one clock. */
  readonly at: number;
  /** Region, or `drill` for the orchestrator. */
  readonly region: string;
};

/** Whether an event is of a kind. */
export const is =
  <K extends TimelineEvent['kind']>(kind: K) =>
  (event: TimelineEvent): event is Extract<TimelineEvent, { kind: K }> =>
    event.kind === kind;

/** Writes events to a file of JSON lines, each whole before `write` returns: a SIGKILL right after loses nothing. */
export class TimelineFile {
  readonly #file: number;
  readonly #region: string;

  constructor(path: string, region: string) {
    this.#file = openSync(path, 'a');
    this.#region = region;
  }

  /** @param at when it happened. Default: now. */
  write(happening: Happening, at = Date.now()): TimelineEvent {
    const event = { at, region: this.#region, ...happening };
    writeSync(this.#file, `${JSON.stringify(event)}\n`);
    return event;
  }

  close(): void {
    closeSync(this.#file);
  }
}

/** All events of several files in order of time. A last line that a kill cut off is left out. */
export function readTimeline(paths: readonly string[]): TimelineEvent[] {
  const lines = paths.flatMap((path) => (existsSync(path) ? readFileSync(path, 'utf8').split('\n').slice(0, -1) : []));
  return lines.map((line) => JSON.parse(line) as TimelineEvent).sort((a, b) => a.at - b.at);
}
