import { openSync, readFileSync, writeSync } from 'node:fs';
import type { ChatModel } from '../../runtime/api/index.ts';
import { type LocalEvent, type LocalJobOptions, runLocal } from '../../runtime/local/index.ts';
import { FileStore } from '../../runtime/state/file-store.ts';
import { Lease } from '../../runtime/state/lease.ts';
import { commitLocally } from '../../runtime/state/ownership.ts';
import { Replicator } from '../../runtime/state/replicator.ts';
import { replicatedGate } from '../../runtime/state/restore-point-gate.ts';
import { takeOver } from '../../runtime/state/takeover.ts';
import { openDeployment } from '../deployment/open.ts';
import { describeFailure } from '../errors.ts';
import { drillJob } from './region-job.ts';
import { type RegionSettings, regionSettingsSchema } from './region-settings.ts';
import { type Happening, TimelineFile } from './timeline.ts';

/** One region of a drill, as a process that can be killed. The orchestrator hears of every event. */
async function main(settings: RegionSettings): Promise<void> {
  const timeline = new TimelineFile(settings.timeline, settings.region);
  const say = (happening: Happening) => process.send?.(timeline.write(happening));
  try {
    const open = await openDeployment(settings.file, { profile: settings.profile });
    const job = await drillJob(open);
    const lease = new Lease({
      store: new FileStore(settings.stores.lease),
      job: settings.job,
      region: settings.region,
      holder: `${settings.region}-${process.pid}`,
      settings: settings.times.lease,
      poll: settings.times.lease.poll,
      onEvent: (event) => {
        if (event.kind === 'lost') say({ kind: 'lease-lost', epoch: event.epoch });
      },
    });
    const common: LocalJobOptions = {
      ...job,
      models: counted(job.models, settings.calls),
      region: settings.region,
      sink: settings.outputs,
      store: new FileStore(settings.part === 'primary' ? settings.stores.primary : settings.stores.standby),
      journal: settings.journal,
      rate: settings.rate,
      checkpoint: { ...job.checkpoint, interval: settings.times.checkpoint, retain: settings.retain.checkpoints },
      onEvent: (event) => say(fromEngine(event)),
      onProgress: ({ finished, committed }) => say({ kind: 'progress', finished, committed }),
    };
    say({ kind: 'ready' });
    await ordered();
    say({ kind: 'started' });
    const run = settings.part === 'primary' ? asPrimary : asStandby;
    const result = await run(settings, common, lease, open.plan.hash, say);
    say({ kind: 'finished', outputs: result.outputs, modelCalls: result.modelCalls });
  } catch (error) {
    say({ kind: 'failed', message: describeFailure(error).text });
    process.exitCode = 1;
  } finally {
    timeline.close();
    process.off('disconnect', orphaned);
    if (process.connected) process.disconnect();
  }
}

type Say = (happening: Happening) => void;

async function asPrimary(settings: RegionSettings, common: LocalJobOptions, lease: Lease, _: string, say: Say) {
  const held = await lease.acquire(new AbortController().signal);
  say({ kind: 'lease-taken', epoch: held.epoch });
  const gate = replicatedGate({
    standbys: [new FileStore(settings.stores.standby)],
    job: settings.job,
    epoch: held.epoch,
  });
  const result = await runLocal({ ...common, ownership: held, gate });
  await held.release();
  return result;
}

async function asStandby(settings: RegionSettings, common: LocalJobOptions, lease: Lease, planHash: string, say: Say) {
  const stop = new AbortController();
  const replicator = new Replicator({
    job: settings.job,
    region: settings.region,
    from: new FileStore(settings.stores.primary),
    to: common.store,
    every: settings.times.replication,
    retain: settings.retain.restorePoints,
    onEvent: (event) => {
      if (event.kind === 'failed') say({ kind: 'replication-failed', message: String(event.error) });
      if (event.kind !== 'restore-point') return;
      const { checkpoint, epoch, triggeredAt, records } = event.point;
      say({
        kind: 'restore-point',
        checkpoint,
        epoch,
        triggeredAt,
        finished: records?.finished ?? 0,
        bytes: event.bytes,
      });
    },
  });
  const replicating = replicator.run(stop.signal);
  const { lease: held } = await takeOver({
    lease,
    store: common.store,
    job: settings.job,
    planHash,
    signal: new AbortController().signal,
    stopReplicator: async () => {
      stop.abort();
      await replicating;
    },
    onStep: (step) => {
      if (step.kind === 'lease') say({ kind: 'lease-taken', epoch: step.epoch });
      else if (step.kind === 'sealed') say({ kind: 'sealed', epoch: step.epoch });
      else {
        const { checkpoint, epoch, triggeredAt, records } = step.point;
        say({
          kind: 'chosen',
          key: step.key,
          checkpoint,
          epoch,
          triggeredAt,
          finished: records?.finished ?? 0,
          passedOver: step.passedOver,
        });
      }
    },
  });
  // No standby is left that could have a restore point: waiting for one would stop the stream for good.
  const result = await runLocal({ ...common, ownership: held, gate: commitLocally });
  await held.release();
  return result;
}

function fromEngine(event: LocalEvent): Happening {
  const { type, ...rest } = event;
  return { kind: type, ...rest } as Happening;
}

/** Models that write down the idempotency key of every call before it is made. */
function counted(models: Readonly<Record<string, ChatModel>>, path: string): Record<string, ChatModel> {
  const file = openSync(path, 'a');
  const wrap = (model: ChatModel): ChatModel => ({
    name: model.name,
    chat: (request, options) => {
      writeSync(file, `${options.idempotencyKey}\n`);
      return model.chat(request, options);
    },
  });
  return Object.fromEntries(Object.entries(models).map(([name, model]) => [name, wrap(model)]));
}

const ordered = () => new Promise<void>((resolve) => process.once('message', () => resolve()));

// An orchestrator that is gone cannot stop its children any more: they end with it.
const orphaned = () => process.exit(1);
process.on('disconnect', orphaned);
await main(regionSettingsSchema.parse(JSON.parse(readFileSync(process.argv[2] as string, 'utf8'))));
