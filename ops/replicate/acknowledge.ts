import { setTimeout as sleep } from 'node:timers/promises';
import type { ObjectStore } from '../../runtime/state/object-store.ts';
import { type Acknowledgement, acknowledgementKey } from '../../runtime/state/permit.ts';
import { readHead } from '../../runtime/state/restore-point-catalog.ts';

export interface AcknowledgerOptions {
  readonly job: string;
  readonly region: string;
  /** This region's own store. */
  readonly store: Pick<ObjectStore, 'uri' | 'get'>;
  /** The lease region's. */
  readonly leases: Pick<ObjectStore, 'put'>;
  /** Milliseconds between two looks at the own head. */
  readonly every: number;
  readonly onFailure: (error: unknown) => void;
}

/**
 * Tells the region that has the job which restore point is here: `dr.commit: replicated` waits for it. The head is what counts, so
 * a replicator that was killed between a restore point and this says it after its next start.
 */
export class Acknowledger {
  readonly #options: AcknowledgerOptions;
  #said: string | undefined;
  #nudge = new AbortController();

  constructor(options: AcknowledgerOptions) {
    this.#options = options;
  }

  /** There is news. */
  nudge(): void {
    this.#nudge.abort();
  }

  async once(): Promise<void> {
    const { job, region, store, leases } = this.#options;
    const newest = (await readHead(store, job)).points[0];
    const said = newest && `${newest.epoch}/${newest.checkpoint}`;
    if (!newest || said === this.#said) return;
    const acknowledgement: Acknowledgement = { format: 1, job, region, ...newest, at: Date.now() };
    await leases.put(acknowledgementKey(job, region), new TextEncoder().encode(`${JSON.stringify(acknowledgement)}\n`));
    this.#said = said;
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.#nudge = new AbortController();
      await this.once().catch(this.#options.onFailure);
      const pause = AbortSignal.any([signal, this.#nudge.signal]);
      await sleep(this.#options.every, undefined, { signal: pause }).catch(() => {});
    }
  }
}
