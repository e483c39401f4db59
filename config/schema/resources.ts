import { z } from 'zod';
import { fqdn, secretName } from './scalars.ts';

const url = z.url({ protocol: /^https?$/, error: 'an http or https URL' });
const budget = z
  .strictObject({
    tokensPerMinute: z.number().int().positive().optional().describe('Tokens a minute and region.'),
    requestsPerMinute: z.number().int().positive().optional().describe('Requests a minute and region.'),
    concurrency: z.number().int().positive().optional().describe('Calls in flight a worker process.'),
  })
  .describe('Limits on what the deployment spends on this service.');
const model = z.string().min(1).describe("The service's name of the model.");
const secret = secretName().describe('Entry of `secrets` that holds the API key.');
const timeout = z.number().int().positive().max(3600).default(60).describe('Seconds before a call counts as failed.');

const chatKinds = [
  z.strictObject({
    chat: z.literal('openai'),
    model,
    secret,
    url: url.optional().describe('Endpoint of a compatible service. Default: api.openai.com.'),
    timeout,
    budget: budget.optional(),
  }),
  z.strictObject({
    chat: z.literal('azure-openai'),
    model,
    secret,
    url: url.describe('Endpoint of the Azure AI resource.'),
    deployment: z.string().min(1).describe('Deployment name.'),
    timeout,
    budget: budget.optional(),
  }),
  z.strictObject({ chat: z.literal('anthropic'), model, secret, timeout, budget: budget.optional() }),
  z.strictObject({
    chat: z.literal('bedrock'),
    model,
    region: z.string().min(1).optional().describe("AWS region of the service. Default: the region's own."),
    timeout,
    budget: budget.optional(),
  }),
  z.strictObject({
    chat: z.literal('ollama'),
    model,
    url: url.default('http://127.0.0.1:11434').describe('Address of the server.'),
    timeout,
    budget: budget.optional(),
  }),
  z.strictObject({
    chat: z.literal('lexicon'),
  }),
] as const;

const chatSchema = z
  .discriminatedUnion('chat', [...chatKinds])
  .describe('A chat model. `lexicon` scores sentiment from a word list, offline, and answers nothing else.');

const firstOf = z
  .strictObject({
    firstOf: z
      .array(chatSchema)
      .min(1)
      .describe('Chat models in order of preference: the first whose key is set or whose server answers is used.'),
  })
  .describe('A choice made when the job starts; development only.');

const embeddingSchema = z
  .strictObject({
    embedding: z.enum(['openai', 'azure-openai', 'bedrock', 'ollama']),
    model,
    secret: secret.optional(),
    url: url.optional().describe('Endpoint of the service.'),
    dimensions: z.number().int().positive().optional().describe('Length of a vector.'),
    timeout,
    budget: budget.optional(),
  })
  .describe('An embedding model.');

const vectorStoreSchema = z
  .strictObject({
    vectorStore: z.enum(['chroma', 'elasticsearch', 'opensearch']),
    collection: z.string().min(1).describe('Collection or index.'),
    url: url
      .optional()
      .describe('Address of an existing store. Default: one is run in the cluster, in its own namespace.'),
    secret: secret.optional(),
  })
  .describe('A vector store.');

const mcpSchema = z
  .strictObject({
    mcp: url.describe('Streamable-HTTP address of the MCP server.'),
    secret: secret.optional(),
  })
  .describe('An MCP server whose tools the agent may call.');

const httpSchema = z
  .strictObject({
    tool: z.array(fqdn()).min(1).describe('Host names that the tool calls.'),
    secret: secret.optional(),
  })
  .describe('A tool of the agent that reaches a service: its hosts and its key.');

export const resourceSchema = z.union([chatSchema, firstOf, embeddingSchema, vectorStoreSchema, mcpSchema, httpSchema]);
export type ChatResource = z.infer<typeof chatSchema>;
export type Resource = z.infer<typeof resourceSchema>;
/** The key that tells each kind of resource apart, in the order of the union. */
export const RESOURCE_KINDS = ['chat', 'firstOf', 'embedding', 'vectorStore', 'mcp', 'tool'] as const;
