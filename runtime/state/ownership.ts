/** Proof that this process may own the job; lost leases abort `signal`. */
export interface Ownership {
  /** Epoch of the lease; 0 when no lease is kept. Every checkpoint and every commit carries it. */
  readonly epoch: number;
  /** Aborted, with a StateError HR-STATE-005 as its reason, once the lease is lost or may have expired. */
  readonly signal: AbortSignal;
  /** @throws StateError HR-STATE-005 when the lease may no longer be held at this instant. Call it right before a commit. */
  assertHeld(): void;
}

/** Decides when a completed checkpoint's outputs may become visible. */
export interface CommitGate {
  /** Resolves once the outputs of `checkpoint` may be committed; rejects when they never may. */
  ready(checkpoint: number, signal: AbortSignal): Promise<void>;
}

/** `dr.commit: local`: outputs are committed as soon as their checkpoint is complete. */
export const commitLocally: CommitGate = { ready: () => Promise.resolve() };

/** Ownership without a lease, for a single region. */
export const soleOwner = (signal: AbortSignal = new AbortController().signal): Ownership => ({
  epoch: 0,
  signal,
  assertHeld() {},
});
