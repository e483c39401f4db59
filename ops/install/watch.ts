import { setTimeout as sleep } from 'node:timers/promises';
import type { Terminal } from '../terminal/terminal.ts';
import { type ComponentProgress, components, progressText } from './components.ts';
import { type Explanation, explain, explanationLines, wantedLogs } from './explain.ts';
import type { Kubectl } from './kubectl.ts';
import { ofReleases, type Snapshot, snapshot } from './snapshot.ts';

const EVERY_MS = 2_000;
const LOGS_EVERY_MS = 10_000;
const LOG_LINES = 15;
const MOST_LOGS = 4;
/** What is seen so often in a row is no passing state. */
const STEADY = 3;

/** Shows how far a release is while something else waits for it, and says what keeps it as soon as that is steady. */
export class Watch {
  readonly #kubectl: Kubectl;
  readonly #release: string;
  readonly #terminal: Terminal;
  readonly #stop = new AbortController();
  readonly #done: Promise<void>;
  readonly #logs = new Map<string, readonly string[]>();
  readonly #seen = new Map<string, number>();
  readonly #said = new Set<string>();
  #logsAt = 0;
  /** The newest explanations: what a rollback takes away stays known. */
  #explanations: Explanation[] = [];
  #components: ComponentProgress[] = [];

  constructor(kubectl: Kubectl, release: string, terminal: Terminal) {
    this.#kubectl = kubectl;
    this.#release = release;
    this.#terminal = terminal;
    this.#done = this.#loop();
  }

  get explanations(): readonly Explanation[] {
    return this.#explanations;
  }
  get components(): readonly ComponentProgress[] {
    return this.#components;
  }

  /** Ends it, after a last look when things are well. */
  async stop(lastLook: boolean): Promise<void> {
    this.#stop.abort();
    await this.#done;
    if (lastLook) await this.#look().catch(() => {});
    this.#terminal.progressDone();
  }

  async #loop(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      // A look that fails is no news about the release: the next one may not.
      await this.#look().catch(() => {});
      await sleep(EVERY_MS, undefined, { signal }).catch(() => {});
    }
  }

  async #look(): Promise<void> {
    const view = ofReleases(await snapshot(this.#kubectl), [this.#release]);
    this.#components = components(view);
    this.#terminal.progress(`${this.#release}: ${progressText(this.#components)}`);
    let found = explain(view, this.#logs, Date.now());
    if (found.some((one) => one.container) && Date.now() - this.#logsAt > LOGS_EVERY_MS) {
      await this.#readLogs(view);
      found = explain(view, this.#logs, Date.now());
    }
    if (found.length) this.#explanations = found;
    const keys = found.map((one) => `${one.object}/${one.reason}`);
    for (const key of this.#seen.keys()) if (!keys.includes(key)) this.#seen.delete(key);
    for (const [i, key] of keys.entries()) {
      const times = (this.#seen.get(key) ?? 0) + 1;
      this.#seen.set(key, times);
      const one = found[i];
      // Pods of one workload fail alike: each reason is told once.
      const kind = `${one?.object.replace(/(-[a-z0-9]{5,10})?-[a-z0-9]{1,5}$/, '')}/${one?.reason}`;
      if (!one || times < STEADY || this.#said.has(kind)) continue;
      this.#said.add(kind);
      for (const line of explanationLines(one)) this.#terminal.line(`  ${line}`);
    }
  }

  async #readLogs(view: Snapshot): Promise<void> {
    this.#logsAt = Date.now();
    for (const { pod, container, previous } of wantedLogs(view).slice(0, MOST_LOGS)) {
      const args = ['logs', pod, '--container', container, '--tail', String(LOG_LINES)];
      let read = await this.#kubectl.run(previous ? [...args, '--previous'] : args);
      if (read.code !== 0 && previous) read = await this.#kubectl.run(args);
      const lines = read.stdout.trimEnd().split('\n').filter(Boolean);
      if (read.code === 0 && lines.length)
        this.#logs.set(
          `${pod}/${container}`,
          lines.map((line) => line.slice(0, 300)),
        );
    }
  }
}
