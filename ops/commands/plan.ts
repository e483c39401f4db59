import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { openDeployment } from '../deployment/open.ts';
import { CommandError } from '../errors.ts';
import { deploymentCost, type RegionCost, renderCost } from '../plan/cost.ts';
import { deploymentGraph } from '../plan/graph.ts';
import { type DeploymentPlan, deploymentPlan, renderPlan } from '../plan/plan.ts';
import { PRICE_LIST } from '../plan/price-list.ts';
import { type Price, priceFileSchema } from '../plan/prices.ts';
import { type RegionSizes, regionSizes, renderSizes } from '../plan/sizes.ts';
import { writeWhole } from '../plan/write-whole.ts';
import type { CommandContext, Outcome } from '../terminal/command.ts';

export interface PlanOptions {
  readonly file: string;
  readonly profile?: string | undefined;
  readonly sizes: boolean;
  readonly cost: boolean;
  /** File of further prices, for `cost`. */
  readonly prices?: string | undefined;
  /** SVG file to write. */
  readonly graph?: string | undefined;
}

export interface PlanResult {
  readonly plan: DeploymentPlan;
  readonly sizes?: readonly RegionSizes[];
  readonly cost?: readonly RegionCost[];
  /** The picture that was written. */
  readonly graph?: string;
}

/**
 * Shows what a deployment gets; with `sizes` the memory of its processes, with `cost` what it costs a month, each with
 * the arithmetic. Writes nothing but the picture of `graph`.
 */
export async function plan(options: PlanOptions, { terminal }: CommandContext): Promise<Outcome<PlanResult>> {
  const open = await openDeployment(options.file, { profile: options.profile });
  const prices = options.prices ? [...PRICE_LIST, ...readPrices(options.prices)] : PRICE_LIST;
  const made = deploymentPlan(open.deployment);
  const sizes = options.sizes ? regionSizes(open.deployment, open.plan) : undefined;
  const cost = options.cost || options.prices ? await deploymentCost(open.deployment, prices) : undefined;
  if (options.graph) writeWhole(options.graph, deploymentGraph(open.deployment));
  if (sizes) terminal.line(renderSizes(sizes));
  if (sizes && cost) terminal.line();
  if (cost) terminal.line(renderCost(cost));
  if (!sizes && !cost && !options.graph) terminal.line(renderPlan(made));
  if (options.graph) terminal.line(`picture in ${options.graph}`);
  return {
    result: {
      plan: made,
      ...(sizes ? { sizes } : {}),
      ...(cost ? { cost } : {}),
      ...(options.graph ? { graph: options.graph } : {}),
    },
  };
}

/** @throws CommandError HR-COST-001 when the file is not one of prices. */
function readPrices(file: string): Price[] {
  const refuse = (message: string, cause?: unknown) =>
    new CommandError('HR-COST-001', file, message, {
      mend: 'write { "prices": [{ "cloud", "region", "item", "usd", "asOf", "source" }] }; see ops/plan/prices.ts',
      cause,
    });
  let data: unknown;
  try {
    data = JSON.parse(readFileSync(resolve(file), 'utf8'));
  } catch (error) {
    throw refuse(`no file of prices: ${(error as Error).message}`, error);
  }
  const parsed = priceFileSchema.safeParse(data);
  if (parsed.success) return parsed.data.prices;
  const [issue] = parsed.error.issues;
  throw refuse(`${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not as expected'}`);
}
