import { z } from 'zod';
import { bytes } from './scalars.ts';

const GiB = 2 ** 30;

/** A cluster of nodes that replicate to each other. */
const replicated = (product: string) =>
  z
    .strictObject({
      nodes: z
        .number()
        .int()
        .min(1)
        .max(9)
        .refine((count) => count !== 2, { error: '1 or at least 3: two nodes elect no leader when one is away' })
        .default(3)
        .describe('Nodes; each index has a replica on another one where there is one.'),
      memory: bytes()
        .default(4 * GiB)
        .describe('Memory of a node: request and limit; half of it is heap.'),
      volume: bytes()
        .default(50 * GiB)
        .describe('Volume of a node.'),
    })
    .prefault({})
    .describe(product);

export const storesSchema = z
  .strictObject({
    opensearch: replicated('OpenSearch, run where a resource has vectorStore: opensearch and no url.'),
    elasticsearch: replicated(
      'Elasticsearch, run by the operator ECK, which must be installed, where a resource has vectorStore: elasticsearch and no url.',
    ),
    chroma: z
      .strictObject({
        memory: bytes()
          .default(2 * GiB)
          .describe('Memory: request and limit. Chroma keeps its indexes there.'),
        volume: bytes()
          .default(20 * GiB)
          .describe('Volume of the data; that of a copy has the same size.'),
      })
      .prefault({})
      .describe(
        'Chroma, run where a resource has vectorStore: chroma and no url. One node: the product cannot replicate.',
      ),
    ollama: z
      .strictObject({
        deploy: z
          .boolean()
          .default(false)
          .describe('Whether Ollama is run in the cluster, with the models that resources name.'),
        cpu: z.number().positive().default(4).describe('CPU request, in cores.'),
        memory: bytes()
          .default(16 * GiB)
          .describe('Memory: request and limit.'),
        volume: bytes()
          .default(50 * GiB)
          .describe('Volume of the models.'),
        gpus: z
          .number()
          .int()
          .min(0)
          .max(8)
          .default(0)
          .describe('Devices of nvidia.com/gpu. Default: none, models run on the CPU.'),
        nodeSelector: z
          .record(z.string(), z.string())
          .default({})
          .describe('Labels of the nodes that have the devices. Default: the worker pool.'),
      })
      .prefault({})
      .describe('Ollama, as chat and embedding models of the deployment.'),
    backup: z
      .strictObject({
        schedule: z
          .string()
          .regex(/^(\S+ ){4}\S+$/, { error: 'a cron expression of five fields, such as "17 3 * * *"' })
          .default('17 3 * * *')
          .describe('When stores are copied to the object store of their region, in UTC.'),
        retain: z.number().int().min(1).max(365).default(14).describe('Copies that are kept.'),
      })
      .prefault({})
      .describe('Copies of vector stores.'),
    registry: z
      .string()
      .min(1)
      .optional()
      .describe("Registry host and path of a mirror of the products' images. Default: docker.io."),
  })
  .describe('Stores and models that the deployment runs for its workers, in a namespace of their own.');
