import { z } from 'zod';
import { agentSchema } from './agent.ts';
import { networkSchema } from './network.ts';
import {
  chartsSchema,
  dnsSchema,
  flinkSchema,
  imagesSchema,
  observabilitySchema,
  terraformSchema,
} from './platform.ts';
import { clusterSchema, regionSchema } from './regions.ts';
import { resourceSchema } from './resources.ts';
import { dnsLabel, secretName } from './scalars.ts';
import { drSchema, stateSchema } from './state.ts';
import { storesSchema } from './stores.ts';
import { kafkaSchema, sinkSchema, sourceSchema } from './streams.ts';

/** The deployment file without `profiles`: what a profile overlays and what every layer is built from. */
export const deploymentSchema = z
  .strictObject({
    version: z.literal(1).describe('Version of this format.'),
    name: dnsLabel(20).describe('Name of the deployment; part of every resource name.'),
    id: z
      .string()
      .regex(/^[0-9a-f]{6}$/, { error: 'six lower-case hexadecimal digits' })
      .optional()
      .describe('Makes names that are global in a cloud unique. Default: derived from the name and regions.'),
    agent: agentSchema,
    accounts: z
      .enum(['shared', 'dedicated'])
      .default('shared')
      .describe(
        'Whether the AWS accounts, Azure subscriptions and GCP projects hold this deployment alone. If so, the stacks also set what counts for a whole account: defaults for disks and metadata, threat detection, scanning of images, organization policies of a project.',
      ),
    regions: z.array(regionSchema).min(1).max(20).describe('Regions, in order of preference for a failover.'),
    source: sourceSchema,
    sink: sinkSchema,
    resources: z
      .record(z.string().regex(/^[A-Za-z][A-Za-z0-9_-]{0,62}$/, { error: 'a resource name' }), resourceSchema)
      .default({})
      .describe('Model services, vector stores, tools and MCP servers, by the name that the agent uses.'),
    secrets: z
      .array(secretName())
      .default([])
      .describe("Names of secrets in each region's secret manager. Names only."),
    state: stateSchema.prefault({}),
    dr: drSchema.prefault({}),
    network: networkSchema.prefault({}),
    cluster: clusterSchema.prefault({}),
    flink: flinkSchema.prefault({}),
    kafka: kafkaSchema.prefault({}),
    stores: storesSchema.prefault({}),
    images: imagesSchema.prefault({}),
    charts: chartsSchema.prefault({}),
    dns: dnsSchema.optional(),
    terraform: terraformSchema.prefault({}),
    observability: observabilitySchema.prefault({}),
  })
  .describe('A Headrace deployment.');

export type Deployment = z.infer<typeof deploymentSchema>;
export type Region = Deployment['regions'][number];

/** The file as written, for editors: the deployment plus `profiles`, each a partial overlay of it. */
export function editorSchema(): Record<string, unknown> {
  const base = z.toJSONSchema(deploymentSchema, { io: 'input', unrepresentable: 'any' }) as Record<string, unknown>;
  const overlay = (node: unknown): unknown => node;
  return {
    ...base,
    title: 'Headrace deployment file',
    properties: {
      ...(base['properties'] as object),
      profiles: {
        description:
          'Overlays by name: mappings merge, lists and single values replace; source, sink and a resource replace as a whole.',
        type: 'object',
        additionalProperties: {
          type: 'object',
          additionalProperties: false,
          properties: overlay(withoutRequired(base['properties'] as Record<string, unknown>)),
        },
      },
    },
  };
}

/** A copy in which mappings need none of their keys, since an overlay names only what it changes. */
function withoutRequired(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(withoutRequired);
  if (!node || typeof node !== 'object') return node;
  const entries = Object.entries(node).filter(([key, value]) => !(key === 'required' && Array.isArray(value)));
  return Object.fromEntries(entries.map(([key, value]) => [key, withoutRequired(value)]));
}
