/** When outputs become visible, as `dr.commit` says it. */
export type Commit = 'replicated' | 'local';

/** What is done to restore points in the standby right before the active region is lost. */
export type Damage =
  /** A byte of one file of the newest one is turned. */
  | 'corrupt-newest'
  /** Files of the newest one are deleted. */
  | 'delete-newest'
  /** A file of every one is deleted. */
  | 'delete-all';

/** What goes wrong. Times are milliseconds. */
export type Fault =
  /** The process dies; the region's state root and journal go with it. */
  | {
      readonly kind: 'kill';
      readonly signal: 'SIGKILL';
      readonly damage?: Damage;
      /** The standby's process dies as well, so long after it took the lease, and is started again. */
      readonly standbyDiesAfter?: number;
    }
  /** The process stops in the middle of what it does and wakes up when the standby has taken over. */
  | { readonly kind: 'freeze'; readonly signal: 'SIGSTOP' }
  /** The region lives, and nothing gets out of it or into it: neither lease nor the standby's store answers it. */
  | { readonly kind: 'partition' }
  /** The region's own state root answers nobody. */
  | { readonly kind: 'lose-store' }
  | { readonly kind: 'stop-replication'; readonly for: number }
  /** The owner's renewals get lost and it does not notice; a second process of its region starts besides. */
  | { readonly kind: 'two-primaries' }
  /** The lease still names a process that died long ago when the active region starts. */
  | { readonly kind: 'stale-lease' }
  | { readonly kind: 'model-outage'; readonly for: number }
  /** The certificate of the model service expires: it has `left` at most when new connections see it, and is renewed `for` later. */
  | { readonly kind: 'expired-certificate'; readonly left: number; readonly for: number };

/** How a drill can end. */
export type Outcome =
  /** The standby took over and finished the stream. */
  | 'failover'
  /** The active region kept the job and finished the stream. */
  | 'no-failover'
  /** The standby took the lease, found nothing to restore, and gave it back: a person decides. */
  | 'refusal';

/** What a drill does to a running deployment, and what must come of it. Data, so that a report can show it and a schedule can name it. */
export interface Scenario {
  readonly name: string;
  readonly title: string;
  /** What happened to the active region, as reports say it: `us was …` and `us … at`. */
  readonly happened: { readonly told: string; readonly short: string };
  readonly fault: Fault;
  readonly expected: {
    readonly outcome: Outcome;
    /** Restore points that are passed over, at least. */
    readonly passedOver?: number;
    /** What the active region says of a call that failed, in these words among others. */
    readonly noticed?: string;
  };
  /** How many times as long as others' its stream takes and its lease lasts: its calls cost the machine more. Default: 1. */
  readonly pace?: number;
  /** Default: both. */
  readonly commits?: readonly Commit[];
}

const kill = (more: { readonly damage?: Damage; readonly standbyDiesAfter?: number } = {}) =>
  ({ kind: 'kill', signal: 'SIGKILL', ...more }) as const;

export const SCENARIOS = {
  'kill-region': {
    name: 'kill-region',
    title: 'The active region dies without notice',
    happened: { told: 'was killed with SIGKILL and its store lost', short: 'killed' },
    fault: kill(),
    expected: { outcome: 'failover' },
  },
  'freeze-region': {
    name: 'freeze-region',
    title: 'The active region freezes and wakes up after the takeover',
    happened: { told: 'was stopped with SIGSTOP, and woken after the takeover,', short: 'frozen' },
    fault: { kind: 'freeze', signal: 'SIGSTOP' },
    expected: { outcome: 'failover' },
  },
  partition: {
    name: 'partition',
    title: 'The active region lives on and is cut off from all others',
    happened: { told: 'was cut off from the lease and from the standby', short: 'cut off' },
    fault: { kind: 'partition' },
    expected: { outcome: 'failover' },
  },
  'lose-store': {
    name: 'lose-store',
    title: 'The active region’s object store stops answering',
    happened: { told: 'lost its object store', short: 'without its store' },
    fault: { kind: 'lose-store' },
    expected: { outcome: 'failover' },
  },
  'corrupt-restore-point': {
    name: 'corrupt-restore-point',
    title: 'The active region dies, and the newest restore point is corrupt',
    happened: { told: 'was killed right after a byte of the newest restore point had been turned', short: 'killed' },
    fault: kill({ damage: 'corrupt-newest' }),
    expected: { outcome: 'failover', passedOver: 1 },
  },
  'incomplete-restore-point': {
    name: 'incomplete-restore-point',
    title: 'The active region dies, and files of the newest restore point are missing',
    happened: { told: 'was killed right after files of the newest restore point had been deleted', short: 'killed' },
    fault: kill({ damage: 'delete-newest' }),
    expected: { outcome: 'failover', passedOver: 1 },
  },
  'no-restore-point': {
    name: 'no-restore-point',
    title: 'The active region dies, and no restore point is complete',
    happened: { told: 'was killed right after every restore point had lost a file', short: 'killed' },
    fault: kill({ damage: 'delete-all' }),
    expected: { outcome: 'refusal', passedOver: 1 },
  },
  'interrupted-failover': {
    name: 'interrupted-failover',
    title: 'The active region dies, and the standby dies in the middle of its takeover',
    happened: { told: 'was killed, and the standby’s process in its takeover', short: 'killed' },
    fault: kill({ standbyDiesAfter: 150 }),
    expected: { outcome: 'failover' },
  },
  'stop-replication': {
    name: 'stop-replication',
    title: 'Replication stops for a while',
    happened: { told: 'worked on while nothing was replicated', short: 'not replicated' },
    fault: { kind: 'stop-replication', for: 1_500 },
    expected: { outcome: 'no-failover' },
  },
  'two-primaries': {
    name: 'two-primaries',
    title: 'The old owner does not notice that its lease is gone, and a second process of its region starts',
    happened: { told: 'lost its lease without noticing and worked on', short: 'deaf' },
    fault: { kind: 'two-primaries' },
    expected: { outcome: 'failover' },
    // With `local` an owner stops by its lease's clock alone, and this one does not look at it.
    commits: ['replicated'],
  },
  'stale-lease': {
    name: 'stale-lease',
    title: 'The lease still names a process that died long ago',
    happened: { told: 'started while the lease named a dead process of its own', short: 'started' },
    fault: { kind: 'stale-lease' },
    expected: { outcome: 'no-failover' },
  },
  'model-outage': {
    name: 'model-outage',
    title: 'The model service is down for a while',
    happened: { told: 'got no answer from its model service', short: 'without models' },
    fault: { kind: 'model-outage', for: 1_000 },
    expected: { outcome: 'no-failover', noticed: 'HR-RESOURCE-004' },
  },
  'expired-certificate': {
    name: 'expired-certificate',
    title: 'The certificate of the model service expires, and is renewed after a while',
    happened: {
      told: 'could trust its model service no longer, whose certificate had expired,',
      short: 'without trust',
    },
    fault: { kind: 'expired-certificate', left: 1_000, for: 1_000 },
    expected: { outcome: 'no-failover', noticed: 'CERT_HAS_EXPIRED' },
    pace: 3,
  },
} as const satisfies Record<string, Scenario>;
export type ScenarioName = keyof typeof SCENARIOS;

/** Scenarios that say something about a deployment that commits so. */
export const scenariosFor = (commit: Commit): ScenarioName[] =>
  (Object.keys(SCENARIOS) as ScenarioName[]).filter((name) => allows(SCENARIOS[name], commit));

export const allows = (scenario: Scenario, commit: Commit) => scenario.commits?.includes(commit) ?? true;
