// What Flink's REST interface takes and gives, as far as it is used here. Names of fields are Flink's own.

export interface RunOptions {
  readonly entryClass: string;
  readonly args: readonly string[];
  /** Savepoint or retained checkpoint to start from. */
  readonly savepointPath?: string | undefined;
  /** Default: NO_CLAIM. */
  readonly claimMode?: 'CLAIM' | 'NO_CLAIM';
  readonly allowNonRestoredState?: boolean;
  /** 32 hexadecimal digits. Default: Flink chooses one. A second job of the same id is refused. */
  readonly jobId?: string | undefined;
  /** Flink's own configuration of the job. */
  readonly configuration?: Readonly<Record<string, string>>;
}

export type JobState =
  | 'INITIALIZING'
  | 'CREATED'
  | 'RUNNING'
  | 'FAILING'
  | 'FAILED'
  | 'CANCELLING'
  | 'CANCELED'
  | 'FINISHED'
  | 'RESTARTING'
  | 'SUSPENDED'
  | 'RECONCILING';

/** A job as `/jobs/:id` gives it, as far as it is used here. */
export interface JobDetails {
  readonly jid: string;
  readonly name: string;
  readonly state: JobState;
  /** Milliseconds since 1970; -1 while it has not ended. */
  readonly 'start-time': number;
  readonly 'end-time': number;
  /** The JobManager's clock. */
  readonly now: number;
  /** When each state was entered last, milliseconds since 1970; 0 for never. */
  readonly timestamps: Readonly<Partial<Record<JobState, number>>>;
  readonly vertices: readonly {
    readonly id: string;
    readonly name: string;
    readonly parallelism: number;
    readonly maxParallelism: number;
    readonly status: string;
  }[];
  readonly plan: {
    readonly nodes: readonly {
      readonly id: string;
      readonly description: string;
      readonly parallelism: number;
      readonly inputs?: readonly { readonly id: string; readonly ship_strategy: string }[];
    }[];
  };
}

/** A checkpoint or savepoint that was completed. Times are milliseconds, sizes bytes. */
export interface CompletedCheckpoint {
  readonly id: number;
  readonly trigger_timestamp: number;
  readonly latest_ack_timestamp: number;
  readonly end_to_end_duration: number;
  readonly state_size: number;
  readonly external_path: string;
}

export interface CheckpointStatistics {
  readonly counts: { readonly completed: number; readonly failed: number; readonly restored: number };
  readonly latest: {
    readonly completed?: CompletedCheckpoint | null;
    readonly savepoint?: CompletedCheckpoint | null;
    readonly failed?: { readonly failure_message?: string; readonly failure_timestamp: number } | null;
    readonly restored?: { readonly id: number; readonly external_path?: string } | null;
  };
}

/** A job in the list of all that the cluster knows. */
export interface ListedJob {
  readonly jid: string;
  readonly name: string;
  readonly state: JobState;
  readonly 'start-time': number;
  readonly 'end-time': number;
}

/** How far a savepoint that was asked for is. */
export type SavepointProgress =
  | { readonly state: 'in-progress' }
  | { readonly state: 'completed'; readonly location: string }
  | { readonly state: 'failed'; readonly reason: string };
