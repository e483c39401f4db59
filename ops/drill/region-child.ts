import { type ChildProcess, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CommandError } from '../errors.ts';
import type { RegionOrder, RegionSettings } from './region-settings.ts';
import type { TimelineEvent } from './timeline.ts';

/** TypeScript in the checkout, JavaScript in the package. */
const ENTRY = fileURLToPath(new URL(`./region-process${extname(new URL(import.meta.url).pathname)}`, import.meta.url));

/** A region's process, from the orchestrator's side. */
export class RegionChild {
  readonly region: string;
  readonly #process: ChildProcess;
  readonly #events: TimelineEvent[] = [];
  readonly #listeners = new Set<() => void>();
  readonly #exited: Promise<void>;
  #errors = '';
  #gone = false;
  #expectedEnd = false;

  /** @param settingsFile where the settings are handed over. */
  constructor(settings: RegionSettings, settingsFile: string, onEvent: (event: TimelineEvent) => void) {
    this.region = settings.name;
    writeFileSync(settingsFile, `${JSON.stringify(settings, null, 2)}\n`);
    const { service } = settings;
    this.#process = spawn(process.execPath, [ENTRY, settingsFile], {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      env: { ...process.env, ...(service ? { NODE_EXTRA_CA_CERTS: service.trusted } : {}) },
    });
    this.#process.on('message', (message) => {
      const event = message as TimelineEvent;
      this.#events.push(event);
      onEvent(event);
      this.#notify();
    });
    this.#process.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#errors = (this.#errors + text).slice(-4_000);
    });
    this.#exited = new Promise((resolve) => {
      const gone = () => {
        this.#gone = true;
        this.#notify();
        resolve();
      };
      this.#process.once('exit', gone).once('error', gone);
    });
  }

  get pid(): number {
    return this.#process.pid ?? 0;
  }

  /** Whether something has happened in the region. */
  saw(kind: TimelineEvent['kind']): boolean {
    return this.#events.some((event) => event.kind === kind);
  }

  /** Gives an order that nobody answers. */
  send(order: RegionOrder): void {
    // A process that ends meanwhile hears nothing, which its end says already.
    if (!this.#gone && this.#process.connected) this.#process.send(order, () => {});
  }

  /** Gives an order and waits until it took effect. @throws CommandError HR-DRILL-004 when the process ends before. */
  async switch(order: RegionOrder, signal: AbortSignal): Promise<void> {
    const before = this.#events.length;
    this.send(order);
    await this.until((event): event is TimelineEvent => event.kind === 'switched', signal, before);
  }

  /** Resolves with the first event that fits, past ones included from number `from` on. @throws CommandError HR-DRILL-004 when the process ends before. */
  async until<E extends TimelineEvent>(
    fits: (event: TimelineEvent) => event is E,
    signal: AbortSignal,
    from = 0,
  ): Promise<E> {
    for (let next = from; ; ) {
      signal.throwIfAborted();
      for (; next < this.#events.length; next++) {
        const event = this.#events[next] as TimelineEvent;
        if (fits(event)) return event;
        if (event.kind === 'failed') throw this.#failure(event.message);
      }
      if (this.#gone) throw this.#failure(this.#errors.trim() || 'its process ended');
      await this.#change(signal);
    }
  }

  /** Stops the process where it is, or lets it go on. */
  pause(signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.#process.kill(signal);
  }

  /** Kills the process and waits until it is gone. */
  async kill(signal: 'SIGKILL'): Promise<void> {
    this.#expectedEnd = true;
    if (!this.#gone) this.#process.kill(signal);
    await this.#exited;
  }

  /** Waits for the process to end by itself. */
  async ended(): Promise<void> {
    await this.#exited;
    if (!this.#expectedEnd && this.#process.exitCode !== 0) {
      throw this.#failure(this.#errors.trim() || `its process ended with ${this.#process.exitCode}`);
    }
  }

  #change(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        this.#listeners.delete(done);
        signal.removeEventListener('abort', done);
        resolve();
      };
      this.#listeners.add(done);
      signal.addEventListener('abort', done);
    });
  }

  #notify(): void {
    for (const listener of [...this.#listeners]) listener();
  }

  #failure(message: string): CommandError {
    return new CommandError('HR-DRILL-004', `region ${this.region}`, message, {
      exitCode: 1,
      mend: 'the work directory keeps the timeline of every region',
    });
  }
}
