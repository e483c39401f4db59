import type { Clock } from '../../runtime/state/clock.ts';

/** A clock that moves only when told; timers fire in order while it does. */
export class VirtualClock implements Clock {
  #now = 0;
  #timers: { at: number; fire: () => void }[] = [];
  /** Added to wall time: what a wrong wall clock shows. */
  wallOffset = 1_700_000_000_000;

  monotonic = () => this.#now;
  wall = () => this.#now + this.wallOffset;

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const cancel = this.after(ms, resolve);
      signal?.addEventListener('abort', () => {
        cancel();
        reject(signal.reason);
      });
    });
  }

  after(ms: number, fire: () => void): () => void {
    const timer = { at: this.#now + ms, fire };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  /** Moves on, letting everything that is due run to its next wait. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    for (;;) {
      const due = this.#timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (!due) break;
      this.#now = Math.max(this.#now, due.at);
      this.#timers = this.#timers.filter((timer) => timer !== due);
      due.fire();
      await settle();
    }
    this.#now = end;
    await settle();
  }

  /** Moves on without firing any timer: the process was stopped meanwhile. */
  jump(ms: number): void {
    this.#now += ms;
  }
}

const settle = () => new Promise<void>((resolve) => setImmediate(resolve));
