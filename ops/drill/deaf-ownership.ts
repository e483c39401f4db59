import type { Ownership } from '../../runtime/state/ownership.ts';

/** An owner that can be made deaf: it then takes its lease for held whatever its clock says, as a stuck one would. */
export class DeafOwnership implements Ownership {
  readonly epoch: number;
  readonly #held: Ownership;
  readonly #abort = new AbortController();
  deaf = false;

  constructor(held: Ownership) {
    this.#held = held;
    this.epoch = held.epoch;
    const lost = () => {
      if (!this.deaf) this.#abort.abort(held.signal.reason);
    };
    held.signal.addEventListener('abort', lost, { once: true });
    if (held.signal.aborted) lost();
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  assertHeld(): void {
    if (!this.deaf) this.#held.assertHeld();
  }
}
