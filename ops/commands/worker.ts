import { hostname } from 'node:os';
import { homes, jobNameOf, VERSIONS } from '../../config/index.ts';
import { AgentWorker, type WorkerSettings } from '../../runtime/worker/index.ts';
import { type OpenDeployment, openDeployment } from '../deployment/open.ts';
import { CommandError } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';
import { chatBindings } from '../run/local-run.ts';
import type { CommandContext, Outcome } from '../terminal/command.ts';
import { address, duration, wholeNumber } from '../terminal/flags.ts';

export interface WorkerOptions {
  readonly file: string;
  readonly profile?: string | undefined;
  readonly listen: string;
  readonly http: string;
  readonly tls?: string | undefined;
  readonly secrets?: string | undefined;
  readonly insecureDevelopment: boolean;
  readonly inFlight?: string | undefined;
  readonly processes: string;
  readonly grace: string;
  readonly hangAfter: string;
  readonly heap?: string | undefined;
  readonly name?: string | undefined;
}

export interface WorkerResult {
  /** Runs that were handed back unfinished. */
  readonly returned: number;
}

/** Serves an agent to a job on Flink until it is told to end. */
export async function worker(options: WorkerOptions, context: CommandContext): Promise<Outcome<WorkerResult>> {
  const open = await openDeployment(options.file, { profile: options.profile });
  const log = (message: string) => context.terminal.line(`${new Date().toISOString()} ${message}`);
  const serving = await AgentWorker.start(workerSettings(open, options), log);
  const { port, httpPort, planHash, models } = serving;
  const bound = Object.entries(models).map(([name, model]) => `${name} is ${model}`);
  log(
    `serves agent ${open.plan.name} (plan ${planHash.slice(0, 12)}) on port ${port}, health and metrics on ${httpPort}${bound.length ? `; ${bound.join(', ')}` : ''}`,
  );
  await new Promise<void>((done) => context.signal.addEventListener('abort', () => done(), { once: true }));
  log('takes no new runs');
  const { returned } = await serving.drain();
  log(returned ? `handed ${returned} runs back` : 'finished all runs');
  // A drain is what was asked for: the process did its work.
  return { result: { returned }, exitCode: EXIT.ok };
}

export function workerSettings(open: OpenDeployment, options: WorkerOptions): WorkerSettings {
  if (options.tls === undefined && !options.insecureDevelopment) {
    throw new CommandError('HR-CLI-008', '--tls', 'a worker takes connections by mutual TLS', {
      mend: 'name the directory of ca.crt, tls.crt and tls.key; for work on one machine say --insecure-development',
    });
  }
  const { deployment } = open;
  return {
    agent: {
      entry: open.entry,
      models: chatBindings(open),
      config: deployment.agent.config,
      tools: deployment.agent.tools,
      secrets: options.secrets,
      heapMiB: options.heap === undefined ? undefined : wholeNumber('--heap', options.heap),
    },
    jobs: homes(deployment).map((home) => jobNameOf(deployment, home)),
    name: options.name ?? hostname(),
    version: VERSIONS.headrace,
    listen: address('--listen', options.listen),
    http: address('--http', options.http),
    tls: options.tls,
    inFlight: options.inFlight === undefined ? deployment.agent.inFlight : wholeNumber('--in-flight', options.inFlight),
    processes: wholeNumber('--processes', options.processes),
    grace: duration('--grace', options.grace),
    hangAfter: duration('--hang-after', options.hangAfter),
  };
}
