import { readFileSync } from 'node:fs';
import type { LocalEvent } from '../../runtime/local/index.ts';
import { Lease } from '../../runtime/state/lease.ts';
import { type OpenDeployment, openOneJob } from '../deployment/open.ts';
import { describeFailure } from '../errors.ts';
import { findRegion, openPlace } from '../replicate/places.ts';
import { BreakableModels } from './breakable-model.ts';
import { BreakableStore } from './breakable-store.ts';
import type { RegionContext } from './region-context.ts';
import { drillJob } from './region-job.ts';
import { asPrimary } from './region-primary.ts';
import { type DrillRoot, type RegionOrder, type RegionSettings, regionSettingsSchema } from './region-settings.ts';
import { asStandby } from './region-standby.ts';
import { type Happening, TimelineFile } from './timeline.ts';

/** One region of a drill, as a process that can be killed. The orchestrator hears of every event. */
async function main(settings: RegionSettings): Promise<void> {
  const timeline = new TimelineFile(settings.timeline, settings.name);
  const say = (happening: Happening) => void process.send?.(timeline.write(happening));
  try {
    const open = await openOneJob(settings.file, { profile: settings.profile });
    const stores = await openStores(open, settings);
    const job = await drillJob(open, settings.service);
    const said = new Set<string>();
    const models = new BreakableModels(job.models, settings.service ? undefined : settings.calls, (error) => {
      const { failures, text } = describeFailure(error);
      // Calls fail by the hundred, and mostly for one reason.
      if (said.has(text)) return;
      said.add(text);
      say({ kind: 'call-failed', code: failures[0]?.code ?? '', message: text });
    });
    const orders = new Orders();
    const context: RegionContext = {
      settings,
      stores,
      lease: new Lease({
        store: stores.lease,
        job: settings.job,
        region: settings.region,
        holder: `${settings.name}-${process.pid}`,
        settings: settings.times.lease,
        poll: settings.times.lease.poll,
        onEvent: (event) => {
          if (event.kind === 'lost') say({ kind: 'lease-lost', epoch: event.epoch });
        },
      }),
      planHash: open.plan.hash,
      job: {
        ...job,
        models: models.models,
        region: settings.region,
        sink: settings.outputs,
        store: stores[settings.part],
        journal: settings.journal,
        rate: settings.rate,
        retry: { ...job.retry, initialBackoff: settings.times.backoff },
        checkpoint: { ...job.checkpoint, interval: settings.times.checkpoint, retain: settings.retain.checkpoints },
        onEvent: (event) => say(fromEngine(event)),
        onProgress: ({ finished, committed }) => say({ kind: 'progress', finished, committed }),
      },
      // A region waits for as long as its process lives.
      signal: new AbortController().signal,
      say,
      onOrder: (order) => `${order.order}: not for a ${settings.part}`,
    };
    orders.heard = async (order) => say({ kind: 'switched', what: await obey(order, context, models) });
    say({ kind: 'ready' });
    await orders.given('go');
    say({ kind: 'started' });
    const run = settings.part === 'primary' ? asPrimary : asStandby;
    const { outputs, modelCalls, retries, deadLetters, release } = await run(context);
    say({ kind: 'finished', outputs, modelCalls, retries, deadLetters });
    // Given back earlier, the lease would invite the other region to run a job that is over.
    await orders.given('end');
    await release();
  } catch (error) {
    const { failures, text } = describeFailure(error);
    say({ kind: 'failed', code: failures[0]?.code ?? '', message: text });
    process.exitCode = 1;
  } finally {
    timeline.close();
    process.off('disconnect', orphaned);
    if (process.connected) process.disconnect();
  }
}

async function openStores(open: OpenDeployment, { roots, times }: RegionSettings) {
  const opened = async ({ region, uri }: DrillRoot) => {
    const place = { region: findRegion(open.deployment, 'roots', region), uri };
    return new BreakableStore(await openPlace(place), times.patience);
  };
  return {
    primary: await opened(roots.primary),
    standby: await opened(roots.standby),
    lease: await opened(roots.lease),
  };
}

async function obey(order: RegionOrder, context: RegionContext, models: BreakableModels): Promise<string> {
  switch (order.order) {
    case 'cut':
      for (const name of order.stores) (context.stores[name] as BreakableStore).cut();
      return `no answer from the stores of ${order.stores.map((name) => (name === 'lease' ? 'the lease' : context.settings.roots[name].region)).join(', ')}`;
    case 'models':
      models.down = !order.on;
      return order.on ? 'models answer again' : 'models are down';
    default:
      return context.onOrder(order);
  }
}

function fromEngine(event: LocalEvent): Happening {
  const { type, ...rest } = event;
  return { kind: type, ...rest } as Happening;
}

/** Orders of the orchestrator. `go` and `end` are waited for; all others are heard at once. */
class Orders {
  heard: (order: RegionOrder) => Promise<void> = async () => {};
  readonly #given = new Set<string>();
  readonly #waiting = new Map<string, () => void>();

  constructor() {
    process.on('message', (message) => {
      const order = message as RegionOrder;
      if (order.order !== 'go' && order.order !== 'end') return void this.heard(order);
      this.#given.add(order.order);
      this.#waiting.get(order.order)?.();
    });
  }

  given(order: 'go' | 'end'): Promise<void> {
    return new Promise((resolve) => {
      if (this.#given.has(order)) resolve();
      else this.#waiting.set(order, resolve);
    });
  }
}

// An orchestrator that is gone cannot stop its children any more: they end with it.
const orphaned = () => process.exit(1);
process.on('disconnect', orphaned);
await main(regionSettingsSchema.parse(JSON.parse(readFileSync(process.argv[2] as string, 'utf8'))));
