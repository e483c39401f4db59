import { fileURLToPath } from 'node:url';

const example = (name: string) => fileURLToPath(new URL(`../../examples/review-analysis/${name}`, import.meta.url));

/** A deployment file that rates the example's sentences on one machine, into `./outputs`. @param rate records a second. */
export const reviewDeployment = (rate: number) => `version: 1
name: reviews
agent: { entry: ${example('agent.ts')} }
regions:
  - { name: us, cloud: aws, region: us-east-1, role: active, size: small }
dr: { mode: none }
source:
  file:
    path: ${example('amazon-review-sentences.tsv')}
    format: tsv
    columns: [id, rating, text]
    derive: { review: { from: id, pattern: "^([^_]+)_" } }
    rate: ${rate}
sink: { file: { path: ./outputs } }
resources: { judge: { chat: lexicon } }
state: { checkpoint: { interval: 1s } }
`;
