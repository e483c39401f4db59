import type { StateDigest } from '../../runtime/local/index.ts';
import type { DrillTimes } from './cast.ts';
import type { CallCount, OutputCount } from './count.ts';
import type { Commit, Outcome, Scenario } from './scenarios.ts';
import type { TimelineEvent } from './timeline.ts';

/** One region's part in a drill. */
export interface RegionPart {
  readonly name: string;
  readonly cloud: string;
  readonly region: string;
  readonly part: 'primary' | 'standby';
  /** State root that the drill used. */
  readonly root: string;
  /** Epoch of the lease that it held; absent where it never held it. */
  readonly epoch?: number;
  /** Outputs that it committed and that were not in the log before. */
  readonly committed: number;
}

/** Milliseconds from the fault to each step of the failover; each phase ends where the next one begins. */
export interface Phases {
  /** Fault to lease taken. */
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

/** What a failover cost and went on from. */
export interface Failover {
  readonly phases: Phases;
  readonly restorePoint: {
    readonly key: string;
    readonly checkpoint: number;
    readonly epoch: number;
    /** Inputs that were finished when it was taken. */
    readonly finished: number;
    /** Newer ones that were not used, newest first, each with its reason. */
    readonly passedOver: readonly PassedOver[];
  };
  /** Inputs that the primary had finished and the standby computed again. */
  readonly rpoRecords: number;
  /** Outputs of the old owner's epoch, of checkpoints behind the restore points that the takeover found, committed after it. */
  readonly late: number;
}

export interface PassedOver {
  readonly key: string;
  readonly reason: string;
}

/** Everything that a drill found. Times in `timeline` are milliseconds since the drill's start. */
export interface DrillResult {
  readonly format: 1;
  readonly scenario: Scenario;
  readonly deployment: string;
  readonly job: string;
  readonly agent: { readonly name: string; readonly planHash: string };
  readonly engine: 'embedded' | 'flink';
  /**
   * What outputs were compared with: the undisturbed run of the same stream, or, where nobody can compute that, the inputs in
   * the log: each must have its outputs. Default: undisturbed.
   */
  readonly compared?: 'undisturbed' | 'inputs';
  /** Versions of what ran, by name. */
  readonly versions: Readonly<Record<string, string>>;
  readonly commit: Commit;
  readonly times: DrillTimes;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  readonly durationMs: number;
  readonly regions: readonly RegionPart[];
  readonly leaseRegion: string;
  readonly fault: {
    /** Milliseconds since the drill's start. */
    readonly at: number;
    /** When it was taken back, for one that passes. */
    readonly healedAt?: number;
    /** Share of the stream that was finished, from 0 to 1. */
    readonly progress: number;
    readonly finished: number;
  };
  readonly outcome: Outcome;
  /** What the active region said first of calls that the fault made fail, and how many milliseconds after it. */
  readonly noticed?: { readonly after: number; readonly message: string };
  /** Of a failover. */
  readonly failover?: Failover;
  /** Of a refusal: what the standby said, and when it gave the lease back. */
  readonly refusal?: { readonly at: number; readonly message: string };
  /**
   * Failover: fault to the first new output. Without one: the longest time without a new output from the fault on.
   * Absent after a refusal.
   */
  readonly rto?: Objective;
  /**
   * Failover: age of the restore point at the fault, or at the end of the old owner's epoch where it worked on. Without one: the most that a loss of the region would have cost from
   * the fault on, which is the greatest age of the newest restore point. Absent where there was none to be had.
   */
  readonly rpo?: Objective;
  readonly outputs: OutputCount;
  readonly calls: CallCount;
  /** Tries of inputs that were made again, and inputs that were given up, in the region that finished. */
  readonly retries: number;
  readonly deadLetters: number;
  /** Keyed state at the end, against the undisturbed run's. Absent after a refusal. */
  readonly state?: { readonly expected: StateDigest; readonly found: StateDigest | undefined; readonly equal: boolean };
  /**
   * Nothing lost, unexpected, different or out of order, and equal state; with `replicated` nothing repeated. After a refusal
   * outputs may be missing.
   */
  readonly exact: boolean;
  /** What did not come as the scenario expects it; empty when all did. */
  readonly surprises: readonly string[];
  /** `exact`, no surprises, and both objectives met. */
  readonly passed: boolean;
  readonly timeline: readonly TimelineEvent[];
  /** Absolute paths. */
  readonly files: {
    readonly directory: string;
    readonly result: string;
    readonly report: string;
    readonly outputs: readonly string[];
  };
}
