import { z } from 'zod';
import type { AnyAgent } from '../api/agent.ts';
import { HeadraceError } from '../api/errors.ts';
import { InputEvent } from '../api/events.ts';
import type { Resource } from '../api/resources.ts';
import { type AgentPlan, type ResourcePlan, withHash } from './agent-plan.ts';
import { parsePointer } from './pointer.ts';

type JsonSchema = Record<string, unknown>;

/**
 * Compiles an agent to a plan.
 * @throws HeadraceError HR-AGENT-004, HR-AGENT-005, HR-PLAN-001 or HR-PLAN-002, naming the part of the agent.
 */
export function compilePlan(agent: AnyAgent): AgentPlan {
  const place = `agent ${agent.name}`;
  if (!/^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/.test(agent.name)) {
    throw new HeadraceError(
      'HR-AGENT-005',
      place,
      'an agent is named by lower-case letters, digits and dashes, at most 63',
      { received: JSON.stringify(agent.name) },
    );
  }
  const { spec } = agent;
  const input = toSchema(spec.input, place, 'input', 'input');
  const idPointer = spec.id ?? (hasProperty(input, 'id') ? '/id' : undefined);
  checkPointer(spec.key, input, `${place}: key`);
  if (idPointer !== undefined) checkPointer(idPointer, input, `${place}: id`);
  if (agent.actions.length === 0) {
    throw new HeadraceError('HR-AGENT-005', place, 'it has no action', { mend: 'add one with .on(InputEvent, …)' });
  }
  if (!agent.actions.some((action) => action.event.name === InputEvent.name)) {
    throw new HeadraceError('HR-AGENT-005', place, 'no action listens to its inputs', {
      mend: 'add one with .on(InputEvent, …)',
    });
  }
  const own = agent.actions.map((action) => action.event).filter((event) => !event.name.startsWith('_'));
  return withHash({
    version: 1,
    name: agent.name,
    key: spec.key,
    ...(idPointer === undefined ? {} : { id: idPointer }),
    input,
    output: toSchema(spec.output, place, 'output', 'output'),
    memory: Object.fromEntries(
      Object.entries(spec.memory ?? {}).map(([name, schema]) => [
        name,
        toSchema(schema as z.ZodType, place, `memory.${name}`, 'output'),
      ]),
    ),
    resources: Object.fromEntries(
      Object.entries(spec.resources ?? {}).map(([name, resource]) => [
        name,
        compileResource(name, resource as Resource, place),
      ]),
    ),
    events: Object.fromEntries(
      own.map((event) => [event.name, toSchema(event.schema, place, `event ${event.name}`, 'output')]),
    ),
    actions: agent.actions.map((action) => action.event.name),
  });
}

function compileResource(name: string, resource: Resource, place: string): ResourcePlan {
  switch (resource?.kind) {
    case 'chat':
      return { kind: 'chat' };
    case 'prompt':
      return { kind: 'prompt', template: resource.template };
    case 'tool':
      return {
        kind: 'tool',
        description: resource.description,
        args: toSchema(resource.args, place, `resources.${name}.args`, 'input'),
      };
    default:
      throw new HeadraceError('HR-PLAN-001', `${place}: resources.${name}`, 'not a resource that a plan can carry', {
        received: describe(resource),
        mend: 'declare it with chatModel(), tool({ … }) or prompt("…"); a client made in the agent file cannot travel to another process',
      });
  }
}

const describe = (value: unknown) =>
  value === null
    ? 'null'
    : typeof value === 'object'
      ? `an instance of ${value?.constructor?.name ?? 'Object'}`
      : typeof value === 'function'
        ? `the function ${value.name || '(anonymous)'}`
        : JSON.stringify(value);

/** JSON Schema of a zod schema. @throws HeadraceError HR-PLAN-002 where JSON has no such type. */
export function toSchema(schema: z.ZodType, place: string, part: string, io: 'input' | 'output'): JsonSchema {
  try {
    const { $schema: _, ...rest } = z.toJSONSchema(schema, { io });
    return rest as JsonSchema;
  } catch (error) {
    throw new HeadraceError(
      'HR-PLAN-002',
      `${place}: ${part}`,
      `its schema has no form in JSON: ${(error as Error).message}`,
      {
        cause: error,
        mend: 'use types that JSON has: objects, arrays, strings, numbers, booleans, null',
      },
    );
  }
}

const properties = (schema: JsonSchema | undefined) => schema?.['properties'] as Record<string, JsonSchema> | undefined;
const hasProperty = (schema: JsonSchema, name: string) => properties(schema)?.[name] !== undefined;

/** A pointer must lead to something that every record has, as far as the schema says. */
function checkPointer(pointer: string, input: JsonSchema, place: string): void {
  let node: JsonSchema | undefined = input;
  for (const token of parsePointer(pointer, place)) {
    const known: Record<string, JsonSchema> | undefined = properties(node);
    if (!known) return;
    const required: string[] = (node?.['required'] as string[] | undefined) ?? [];
    if (!known[token] || !required.includes(token)) {
      throw new HeadraceError(
        'HR-AGENT-004',
        place,
        `${JSON.stringify(pointer)} leads to nothing that every input has`,
        {
          received: JSON.stringify(pointer),
          mend: `choose one of ${required.map((name) => `/${name}`).join(', ') || 'the required fields of input'}`,
        },
      );
    }
    node = known[token];
  }
}
