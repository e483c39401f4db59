import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compilePlan, loadAgent } from '../../runtime/plan/index.ts';
import { type JobSettings, jobSpecification } from '../../runtime/remote/index.ts';

const example = (name: string) => fileURLToPath(new URL(`../../examples/review-analysis/${name}`, import.meta.url));
export const REVIEWS_AGENT = example('agent.ts');
export const REVIEWS_FILE = example('headrace.yaml');
export const SENTENCES_FILE = example('amazon-review-sentences.tsv');

/** The example's sentences as its Kafka topic would hold them. */
export const sentences = () =>
  readFileSync(SENTENCES_FILE, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => {
      const [id = '', rating = '', text = ''] = line.split('\t');
      const review = id.split('_')[0] ?? '';
      return { key: review, value: { id, rating, text, review } };
    });

/** Writes a deployment file of the example's agent whose model is at a URL. @returns its path. */
export function mockDeployment(directory: string, url: string): string {
  const file = join(directory, 'headrace.yaml');
  writeFileSync(
    file,
    `version: 1
name: reviews
agent: { entry: ${REVIEWS_AGENT} }
regions: [{ name: us, cloud: aws, region: us-east-1, role: active, size: small }]
dr: { mode: none }
source: { list: [] }
sink: { file: { path: ./out } }
resources: { judge: { chat: openai, model: mock, secret: openai-key, url: "${url}" } }
secrets: [openai-key]
`,
  );
  return file;
}

/** The example's file as a source. @param rate records a second. */
export const sentencesSource = (rate: number) => ({
  file: {
    path: SENTENCES_FILE,
    name: 'sentences',
    format: 'tsv' as const,
    columns: ['id', 'rating', 'text'],
    derive: { review: { from: 'id', pattern: '^([^_]+)_' } },
    rate,
    maxLineBytes: 1 << 20,
  },
});

/** Where outputs go in Kafka, exactly once. */
export const ratingsSink = (bootstrap: string) => ({
  kafka: {
    topic: 'ratings',
    deadLetterTopic: 'ratings.dead-letter',
    bootstrap: [bootstrap],
    guarantee: 'exactly-once' as const,
  },
});

/** A job of the example's agent, for one machine. */
export async function reviewsJob(settings: Pick<JobSettings, 'source' | 'sink' | 'workers'> & Partial<JobSettings>) {
  return jobSpecification(compilePlan(await loadAgent(REVIEWS_AGENT)), {
    name: 'reviews',
    region: 'us',
    development: true,
    parallelism: 2,
    inFlight: 1000,
    retry: { attempts: 5, initialBackoff: 100, maxBackoff: 1000, onFailure: 'dead-letter' },
    memory: { ttl: null },
    journal: { mode: 'checkpoint' },
    ...settings,
  });
}
