import type { AnyAgent, Handler } from '../api/agent.ts';
import { HeadraceError } from '../api/errors.ts';
import type { Resource, ToolMode, ToolResource } from '../api/resources.ts';
import { type AgentPlan, compilePlan, follow, parsePointer, toSchema } from '../plan/index.ts';
import { shorten } from './memory.ts';

/** An agent ready to run: its plan, and look-ups that every run needs. */
export interface PreparedAgent {
  readonly agent: AnyAgent;
  readonly plan: AgentPlan;
  readonly actions: ReadonlyMap<string, readonly Handler<unknown, unknown>[]>;
  readonly resources: ReadonlyMap<string, Resource>;
  /** What a call of a tool does, by the tool's name. */
  readonly tools: ReadonlyMap<string, ToolResource['run']>;
  /** JSON Schema of a zod schema, made once. */
  jsonSchema(schema: import('zod').ZodType): Readonly<Record<string, unknown>>;
  /** Key, id and checked value of a record. @throws HeadraceError HR-RUNTIME-001. */
  accept(record: unknown, place: string): AcceptedInput;
}

export interface AcceptedInput {
  readonly key: string;
  readonly inputId: string;
  readonly value: unknown;
}

/** @param tools default: `run`. @throws HeadraceError HR-RESOURCE-006 for a tool without a dry run where it needs one. */
export function prepareAgent(agent: AnyAgent, tools: ToolMode = 'run'): PreparedAgent {
  const plan = compilePlan(agent);
  const actions = new Map<string, Handler<unknown, unknown>[]>();
  for (const { event, handler } of agent.actions) {
    const handlers = actions.get(event.name);
    if (handlers) handlers.push(handler);
    else actions.set(event.name, [handler]);
  }
  const keyTokens = parsePointer(plan.key, `agent ${plan.name}: key`);
  const idTokens = plan.id === undefined ? undefined : parsePointer(plan.id, `agent ${plan.name}: id`);
  const schemas = new WeakMap<object, Readonly<Record<string, unknown>>>();
  return {
    agent,
    plan,
    actions,
    resources: new Map(Object.entries(agent.spec.resources ?? {})),
    tools: toolsOf(agent, tools),
    jsonSchema(schema) {
      let known = schemas.get(schema);
      if (!known) {
        known = toSchema(schema, `agent ${plan.name}`, 'output of a call', 'output');
        schemas.set(schema, known);
      }
      return known;
    },
    accept(record, place) {
      const parsed = agent.spec.input.safeParse(record);
      if (!parsed.success) {
        const issue = parsed.error.issues[0];
        throw new HeadraceError('HR-RUNTIME-001', place, `${issue?.path.join('.') || 'record'}: ${issue?.message}`, {
          received: shorten(record),
          mend: 'correct the record, or widen the input schema of the agent',
        });
      }
      return {
        key: scalar(follow(record, keyTokens), plan.key, place),
        inputId: idTokens ? scalar(follow(record, idTokens), plan.id ?? '', place) : place,
        value: parsed.data,
      };
    },
  };
}

function toolsOf(agent: AnyAgent, mode: ToolMode): ReadonlyMap<string, ToolResource['run']> {
  const tools = new Map<string, ToolResource['run']>();
  for (const [name, resource] of Object.entries<Resource>(agent.spec.resources ?? {})) {
    if (resource.kind !== 'tool') continue;
    const instead = mode === 'dry-run' ? resource.dryRun : 'run';
    if (instead === undefined)
      throw new HeadraceError(
        'HR-RESOURCE-006',
        `resources.${name}`,
        'tools are run dry here, and this one cannot be',
        {
          mend: "give the tool a dryRun: a function that answers in its place, or 'run' if a call changes nothing anywhere",
        },
      );
    tools.set(name, instead === 'run' ? resource.run : instead);
  }
  return tools;
}

/** A key or id as text. The pointer is followed in the record as it arrived, as Flink does it too. */
function scalar(value: unknown, pointer: string, place: string): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw new HeadraceError('HR-RUNTIME-001', place, `${pointer} leads to no string, number or boolean`, {
    received: shorten(value),
  });
}
