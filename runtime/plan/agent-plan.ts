import { z } from 'zod';
import { HeadraceError } from '../api/errors.ts';
import { canonicalJson, hashJson } from './json.ts';

const jsonSchema = z.record(z.string(), z.unknown());

const resourceSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('chat') }),
  z.strictObject({ kind: z.literal('tool'), description: z.string(), args: jsonSchema }),
  z.strictObject({ kind: z.literal('prompt'), template: z.string() }),
]);
export type ResourcePlan = z.infer<typeof resourceSchema>;

const bodySchema = z.strictObject({
  version: z.literal(1),
  name: z.string().min(1),
  /** JSON pointers into a record. */
  key: z.string(),
  id: z.string().optional(),
  input: jsonSchema,
  output: jsonSchema,
  memory: z.record(z.string(), jsonSchema),
  resources: z.record(z.string(), resourceSchema),
  /** The agent's own events. */
  events: z.record(z.string(), jsonSchema),
  /** Names of the events that actions listen to, in the order in which actions were added. */
  actions: z.array(z.string()),
});

/** An agent as data: what a cluster, a worker and a state store agree on. */
export type AgentPlan = z.infer<typeof bodySchema> & {
  /** SHA-256 over everything else: state of one plan is not read by another. */
  readonly hash: string;
};

export const withHash = (body: z.infer<typeof bodySchema>): AgentPlan => ({ ...body, hash: hashJson(body) });

/** The plan as canonical JSON: the same plan gives the same bytes on every machine. */
export const serializePlan = (plan: AgentPlan): string => canonicalJson(plan);

/** @throws HeadraceError HR-PLAN-003 when the text is no plan of this version, or was changed after it was hashed. */
export function parsePlan(text: string, place = 'agent plan'): AgentPlan {
  const refuse = (reason: string, cause?: unknown) =>
    new HeadraceError('HR-PLAN-003', place, reason, { cause, mend: 'write it again with this version of Headrace' });
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch (error) {
    throw refuse(`not JSON: ${(error as Error).message}`, error);
  }
  const parsed = bodySchema.extend({ hash: z.string() }).safeParse(data);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw refuse(`${issue?.path.join('.') || 'plan'}: ${issue?.message}`, parsed.error);
  }
  const { hash, ...body } = parsed.data;
  if (hashJson(body) !== hash) throw refuse('its hash does not fit its content');
  return { ...body, hash };
}
