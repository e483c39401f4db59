import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { compilePlan, loadAgent } from '../../runtime/plan/index.ts';
import { type JobSettings, jobSpecification } from '../../runtime/remote/index.ts';

const example = (name: string) => fileURLToPath(new URL(`../../examples/review-analysis/${name}`, import.meta.url));
export const REVIEWS_AGENT = example('agent.ts');
export const REVIEWS_FILE = example('headrace.yaml');

/** The example's sentences as its Kafka topic would hold them. */
export const sentences = () =>
  readFileSync(example('amazon-review-sentences.tsv'), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => {
      const [id = '', rating = '', text = ''] = line.split('\t');
      const review = id.split('_')[0] ?? '';
      return { key: review, value: { id, rating, text, review } };
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
