import { resolve as absolute } from 'node:path';
import { DNS_VARIABLES, globalStackId } from '../../stacks/global-stack.ts';
import { disabledRegions, type Variables } from '../deploy/kept-variables.ts';
import { readOutputs } from '../deploy/outputs-file.ts';
import { preflight, selectStacks } from '../deploy/preflight.ts';
import { type OpenDeployment, openDeployment } from '../deployment/open.ts';
import { CommandError } from '../errors.ts';
import { synthesize } from '../synth/synth.ts';
import type { CommandContext, Outcome } from '../terminal/command.ts';
import { duration } from '../terminal/flags.ts';
import { assertKnown, chosenVariables } from '../traffic/choice.ts';
import { leadOf, lookAt, renderLook, type TrafficLook } from '../traffic/look.ts';
import { type Move, moveTraffic } from '../traffic/move.ts';
import { trafficNames } from '../traffic/names.ts';
import { resolverAddress, resolveWith } from '../traffic/resolve.ts';
import { ledTo, patience } from '../traffic/wait.ts';

export interface TrafficOptions {
  readonly file: string;
  readonly profile?: string | undefined;
  readonly out?: string | undefined;
  /** Region that takes all traffic. */
  readonly to?: string | undefined;
  /** Every region takes traffic that is well. */
  readonly enableAll: boolean;
  /** Address and port of a DNS server. Default: those of this machine. */
  readonly resolver?: string | undefined;
  /** How long the names may take; false: not to wait. */
  readonly wait?: string | boolean | undefined;
  readonly yes: boolean;
}

export interface TrafficResult extends TrafficLook {
  /** Null where nothing was to be moved. */
  readonly outcome: Move | null;
  /** Regions that take no traffic by choice, as the last deploy or move from here left them. */
  readonly disabled: readonly string[];
}

/** Shows which region the names lead to, moves all traffic to one, or gives it back to the health checks. */
export async function traffic(options: TrafficOptions, context: CommandContext): Promise<Outcome<TrafficResult>> {
  const { terminal, signal } = context;
  const open = await openDeployment(options.file, { profile: options.profile });
  const { deployment } = open;
  const names = trafficNames(deployment);
  const { to } = options;
  if (to !== undefined && options.enableAll) {
    throw new CommandError('HR-CLI-006', '--to', 'one region, or --enable-all, not both', { mend: 'leave one out' });
  }
  if (to !== undefined) assertKnown(deployment, to);
  const wait = typeof options.wait === 'string' ? duration('--wait', options.wait) : patience(names);
  const resolve = resolveWith(options.resolver === undefined ? undefined : resolverAddress(options.resolver));
  const outcome = to === undefined && !options.enableAll ? null : await move(open, options, context);
  const waits = to !== undefined && outcome !== 'declined' && options.wait !== false;
  const look = waits
    ? await ledTo(names, resolve, { to, wait, signal, progress: (text) => terminal.progress(text) })
    : await lookAt(names, resolve);
  terminal.progressDone();
  const outputs = readOutputs(absolute(options.out ?? '.'))[globalStackId(deployment)];
  const disabled = disabledRegions(deployment, (outputs?.[DNS_VARIABLES] ?? {}) as Variables);
  if (outcome) terminal.line(SAID[outcome]);
  terminal.line(outcome ? leadOf(look) : renderLook(look, disabled));
  return { result: { outcome, disabled, ...look } };
}

const SAID: Readonly<Record<Move, string>> = {
  moved: '\nDeploys keep it so, until headrace traffic says otherwise.',
  kept: 'It is so already: nothing was changed.',
  declined: 'Nothing was changed.',
};

async function move(open: OpenDeployment, options: TrafficOptions, { terminal, signal }: CommandContext) {
  const { deployment } = open;
  const chosen = chosenVariables(deployment, options.to);
  const command = await preflight(selectStacks(deployment, ['global']));
  const out = absolute(options.out ?? '.');
  await synthesize(open, { out: options.out });
  return moveTraffic({ deployment, out, command, to: options.to, chosen, yes: options.yes, terminal, signal });
}
