import { stringify } from 'yaml';
import type { Cloud, Size } from '../../config/index.ts';

export interface InitRegion {
  readonly name: string;
  readonly cloud: Cloud;
  readonly region: string;
  readonly role: 'active' | 'standby';
  readonly size: Size;
}

/** What `headrace init` asks for. */
export interface InitAnswers {
  readonly name: string;
  /** Six hexadecimal digits. */
  readonly id: string;
  readonly entry: string;
  readonly regions: readonly InitRegion[];
  readonly model: 'openai' | 'ollama';
  readonly topics: { readonly source: string; readonly sink: string };
}

const CHAT = {
  openai: { chat: 'openai', model: 'gpt-4.1-mini', secret: 'openai-key' },
  ollama: { chat: 'ollama', model: 'llama3.2', url: 'http://ollama.models.svc.cluster.local:11434' },
} as const;

/** A deployment file that validates. */
export function deploymentFile(answers: InitAnswers): string {
  const several = answers.regions.length > 1;
  const file = {
    version: 1,
    name: answers.name,
    id: answers.id,
    agent: { entry: answers.entry, parallelism: 2, inFlight: 1000 },
    regions: answers.regions,
    source: { kafka: { topic: answers.topics.source, bootstrap: 'managed' } },
    sink: { kafka: { topic: answers.topics.sink, bootstrap: 'managed', guarantee: 'exactly-once' } },
    resources: { judge: CHAT[answers.model] },
    state: { checkpoint: { interval: '10s' } },
    dr: several
      ? { mode: 'active-standby', commit: 'replicated', rpo: '60s', rto: '5m' }
      : { mode: 'none', commit: 'local' },
    ...(answers.model === 'openai' ? { secrets: ['openai-key'] } : {}),
    profiles: {
      local: {
        source: {
          list: [
            { id: '1', text: 'what a wonderful day' },
            { id: '2', text: 'the worst journey of my life' },
          ],
        },
        sink: { file: { path: './out' } },
        resources: { judge: { firstOf: [CHAT[answers.model], { chat: 'lexicon' }] } },
        state: { checkpoint: { interval: '1s' } },
      },
    },
  };
  return `# A Headrace deployment. Check it with: headrace validate\n${stringify(file, { lineWidth: 100, aliasDuplicateObjects: false })}`;
}

/** An agent that runs as it is: it scores a sentence and keeps a mean. @param api module that agents import. */
export const agentFile = (name: string, api: string) => `import { agent, chatModel, InputEvent } from '${api}';
import { z } from 'zod';

const Score = z.object({ score: z.number().min(-4).max(4).describe('sentiment, from -4 to 4') });

export default agent('${name}', {
  input: z.object({ id: z.string(), text: z.string() }),
  output: z.object({ id: z.string(), score: z.number() }),
  key: '/id',
  resources: { judge: chatModel() },
}).on(InputEvent, async ({ value }, ctx) => {
  const { score } = await ctx.chat('judge', {
    prompt: \`Rate the sentiment of this text: \${value.text}\`,
    output: Score,
  });
  ctx.output({ id: value.id, score });
});
`;
