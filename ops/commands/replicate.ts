import { isActiveActive, isCopiedBack, leaseKeeper, loadDeployment } from '../../config/index.ts';
import { Replicator, type ReplicatorEvent, type ReplicatorMetrics } from '../../runtime/state/replicator.ts';
import { limited } from '../../runtime/state/stores/limited.ts';
import { serveHealth } from '../../runtime/worker/index.ts';
import { bridgeJar } from '../dev/flink.ts';
import { describeFailure } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';
import { jobOf } from '../job/open-job.ts';
import { Acknowledger } from '../replicate/acknowledge.ts';
import { FlinkMetadataProcess } from '../replicate/flink-metadata-process.ts';
import { FlinkMetadataSocket } from '../replicate/flink-metadata-socket.ts';
import { FollowingReplicator } from '../replicate/follow.ts';
import { replicationMetrics } from '../replicate/metrics.ts';
import { findRegion, openPlace, parseRoots, placeOf, type RegionPlace, sourceOf } from '../replicate/places.ts';
import type { CommandContext, Outcome } from '../terminal/command.ts';
import { address, byteCount, duration, wholeNumber } from '../terminal/flags.ts';

export interface ReplicateOptions {
  readonly file: string;
  readonly profile?: string | undefined;
  readonly region: string;
  readonly from?: string | undefined;
  /** In active-active the region whose own job is copied, from the region that has it. Default: that of `from`. */
  readonly jobOf?: string | undefined;
  readonly job?: string | undefined;
  readonly root: readonly string[];
  readonly every?: string | undefined;
  readonly retain?: string | undefined;
  readonly maxAge?: string | undefined;
  readonly http: string;
  readonly once: boolean;
  readonly concurrency: string;
  readonly bandwidth?: string | undefined;
  readonly flink?: string | undefined;
  readonly bridge?: string | undefined;
  /** Unix socket of a reader of Flink's metadata; it wins over `flink`. */
  readonly flinkMetadata?: string | undefined;
}

export interface ReplicateResult extends Omit<ReplicatorMetrics, 'movedAt' | 'lookedAt'> {
  /** State root that is copied from; null while this region has the job itself. */
  readonly from: string | null;
  readonly to: string;
}

/** Without a look, a byte or a failure for so long the process is taken for stuck. */
const STUCK_MS = 15 * 60_000;

/** Copies another region's checkpoints into this region's state root, until it is told to end. */
export async function replicate(
  options: ReplicateOptions,
  { terminal, signal }: CommandContext,
): Promise<Outcome<ReplicateResult>> {
  const whole = loadDeployment(options.file, { profile: options.profile });
  const region = findRegion(whole, '--region', options.region);
  const roots = parseRoots(options.root);
  for (const name of roots.keys()) findRegion(whole, '--root', name);
  // A job that can move is copied from whoever has it, unless a region is named.
  const moves = isActiveActive(whole) ? options.jobOf !== undefined : isCopiedBack(whole);
  const follows = moves && options.from === undefined;
  const from = follows ? undefined : sourceOf(whole, region, options.from);
  const active = !follows || isActiveActive(whole) ? undefined : whole.regions.find(({ role }) => role === 'active');
  const home = options.jobOf ?? from?.name ?? active?.name ?? region.name;
  const deployment = jobOf(whole, home);
  const target = placeOf(region, roots);
  const concurrency = wholeNumber('--concurrency', options.concurrency);
  const bytesPerSecond = options.bandwidth === undefined ? undefined : byteCount('--bandwidth', options.bandwidth);
  const every = options.every === undefined ? deployment.dr.replication.every : duration('--every', options.every);
  const retain =
    options.retain === undefined ? deployment.dr.replication.retain : wholeNumber('--retain', options.retain);
  const maxAge = options.maxAge === undefined ? undefined : duration('--max-age', options.maxAge);
  const http = address('--http', options.http);
  const log = (level: 'info' | 'warn' | 'error', event: string, more: object = {}) =>
    terminal.line(JSON.stringify({ time: new Date().toISOString(), level, event, ...more }));

  const tool = readerOf(options, (line) => log('info', 'flink-metadata-reader', { line }));
  const job = options.job ?? deployment.name;
  const store = await openPlace(target);
  const keeper = leaseKeeper(deployment);
  const leases = keeper && (keeper.name === region.name ? store : await openPlace(placeOf(keeper, roots)));
  const notAcknowledged = (error: unknown) =>
    log('error', 'not-acknowledged', { failures: describeFailure(error).failures });
  const acknowledger =
    leases && new Acknowledger({ ...{ job, region: region.name, store, every, leases }, onFailure: notAcknowledged });
  const onEvent = (event: ReplicatorEvent) => {
    if (event.kind === 'restore-point') acknowledger?.nudge();
    logEvent(log, event);
  };
  const replicatorFrom = async (source: RegionPlace) =>
    new Replicator({
      job,
      region: region.name,
      from: limited(await openPlace(source), { bytesPerSecond }),
      to: store,
      ...{ every, retain, maxAge, concurrency, onEvent },
      readFlink: tool && ((directory, metadata) => tool.read(directory, metadata)),
    });
  let current = from;
  const replicator =
    from || !leases
      ? await replicatorFrom(placeOf(from ?? region, roots))
      : new FollowingReplicator({
          ...{ job, region: region.name, home, leases, every },
          replicatorFrom: (name) => replicatorFrom(placeOf(findRegion(whole, '--from', name), roots)),
          onSource(name) {
            current = name === undefined ? undefined : findRegion(whole, '--from', name);
            log('info', 'source', { job, from: name ?? null, to: region.name });
          },
          onFailure: (error) => onEvent({ kind: 'failed', error }),
        });
  const labels = () => ({ job, from: current?.name ?? home, to: region.name });
  const result = (): ReplicateResult => {
    const { movedAt: _, lookedAt: __, ...totals } = replicator.metrics;
    return { from: current ? placeOf(current, roots).uri : null, to: target.uri, ...totals };
  };
  try {
    log('info', 'start', { ...labels(), source: result().from, target: target.uri, every });
    if (options.once) {
      await replicator.once(signal);
      // The copy is there all the same, and the next call says so.
      await acknowledger?.once().catch(notAcknowledged);
      return { result: result() };
    }
    const health = await serveHealth(
      http,
      healthOf(replicator),
      replicationMetrics(labels, () => replicator.metrics),
    );
    log('info', 'serving', { port: health.port });
    try {
      await Promise.all([replicator.run(signal), acknowledger?.run(signal)]);
    } finally {
      health.close();
    }
    log('info', 'stopped', result());
    // To end is what was asked for.
    return { result: result(), exitCode: EXIT.ok };
  } finally {
    tool?.close();
  }
}

function readerOf({ flinkMetadata, flink, bridge }: ReplicateOptions, log: (line: string) => void) {
  if (flinkMetadata) return new FlinkMetadataSocket(flinkMetadata);
  return flink ? new FlinkMetadataProcess({ distribution: flink, jar: bridge ?? bridgeJar(), log }) : undefined;
}

const healthOf = (replicator: Pick<Replicator, 'metrics'>) => ({
  dead() {
    const still = Date.now() - replicator.metrics.movedAt;
    return still > STUCK_MS ? `nothing moved for ${Math.round(still / 1_000)} s` : undefined;
  },
  notReady: () =>
    replicator.metrics.lookedAt === undefined ? "no look at the primary's store has succeeded yet" : undefined,
});

function logEvent(
  log: (level: 'info' | 'warn' | 'error', event: string, more?: object) => void,
  event: ReplicatorEvent,
) {
  switch (event.kind) {
    case 'restore-point': {
      const { checkpoint, epoch, engine, origin, planHash, triggeredAt, copiedAt } = event.point;
      const { files, bytes } = event;
      return log('info', 'restore-point', {
        ...{ checkpoint, epoch, engine, origin, planHash, files, bytes },
        lagMs: copiedAt - triggeredAt,
      });
    }
    case 'refused':
      return log('warn', 'refused', { epoch: event.epoch, known: event.known });
    case 'collected':
      return log('info', 'collected', { files: event.files });
    case 'failed':
      return log('error', 'failed', { failures: describeFailure(event.error).failures });
  }
}
