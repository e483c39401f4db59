import type { CallCount, OutputCount } from './count.ts';
import type { DrillTimes, Scenario } from './scenario.ts';
import type { TimelineEvent } from './timeline.ts';

/** One region's part in a drill. */
export interface RegionPart {
  readonly name: string;
  readonly cloud: string;
  readonly region: string;
  readonly part: 'primary' | 'standby';
  /** Epoch of the lease that it held. */
  readonly epoch: number;
  /** Outputs that it committed. */
  readonly committed: number;
}

/** Milliseconds from the kill to each step of the failover; each phase ends where the next one begins. */
export interface Phases {
  /** Kill to lease taken. */
  readonly detection: number;
  /** Lease taken to restore point chosen and verified. */
  readonly decision: number;
  /** Restore point chosen to state restored. */
  readonly restore: number;
  /** State restored to first new output committed. */
  readonly firstOutput: number;
}

export interface Objective {
  /** Milliseconds. */
  readonly objective: number;
  readonly measured: number;
  readonly met: boolean;
}

/** Everything that a drill found. Times in `timeline` are milliseconds since the drill's start. */
export interface DrillResult {
  readonly format: 1;
  readonly scenario: Scenario;
  readonly deployment: string;
  readonly job: string;
  readonly agent: { readonly name: string; readonly planHash: string };
  readonly engine: 'embedded';
  /** Major versions of what ran. */
  readonly versions: { readonly node: string };
  readonly commit: 'replicated';
  readonly times: DrillTimes;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  readonly durationMs: number;
  readonly regions: readonly RegionPart[];
  readonly leaseRegion: string;
  readonly kill: {
    /** Milliseconds since the drill's start. */
    readonly at: number;
    /** Share of the stream that was finished, from 0 to 1. */
    readonly progress: number;
    readonly finished: number;
  };
  readonly restorePoint: {
    readonly key: string;
    readonly checkpoint: number;
    readonly epoch: number;
    /** Inputs that were finished when it was taken. */
    readonly finished: number;
    readonly passedOver: readonly { readonly key: string; readonly reason: string }[];
  };
  readonly phases: Phases;
  readonly rto: Objective;
  readonly rpo: Objective;
  /** Inputs that the primary had finished and the standby computed again. */
  readonly rpoRecords: number;
  /** Of a region that woke up after the takeover: when, and how many outputs it committed from then on. */
  readonly woken?: { readonly at: number; readonly committed: number };
  readonly outputs: OutputCount;
  readonly calls: CallCount;
  /** Nothing lost, repeated, unexpected, different or out of order. */
  readonly exact: boolean;
  /** `exact`, and both objectives met. */
  readonly passed: boolean;
  readonly timeline: readonly TimelineEvent[];
  /** Absolute paths. */
  readonly files: {
    readonly directory: string;
    readonly result: string;
    readonly report: string;
    readonly outputs: string;
  };
}
