import type { ChatModel } from '../../api/chat.ts';
import { HeadraceError } from '../../api/errors.ts';
import { withBudget } from './budget.ts';
import { lexiconModel } from './lexicon.ts';
import { ollamaHas, ollamaModel } from './ollama.ts';
import { openAiModel } from './openai.ts';
import type { ChatBinding, ChatSettings } from './settings.ts';

const SUPPORTED = ['openai', 'ollama', 'lexicon'] as const;
/** A local server answers at once or is not there. */
const REACHABLE_MS = 300;

export interface BindOptions {
  /** The value of a secret, undefined where it is not to be had in this process. */
  readonly secret: (name: string) => string | undefined;
  /** Directory with a file for each secret, for messages. Default: secrets are environment variables. */
  readonly secretsIn?: string | undefined;
}

/**
 * Makes the client of a resource. Of `firstOf`, the first whose key is there or whose server has the model.
 * @throws HeadraceError HR-RESOURCE-002 for a kind that this runtime has no client for, -005 for a missing key, -004
 * where none of `firstOf` can be had.
 */
export async function bindChatModel(name: string, binding: ChatBinding, options: BindOptions): Promise<ChatModel> {
  if (!('firstOf' in binding)) return make(name, binding, options);
  for (const settings of binding.firstOf) {
    if (await available(settings, options)) return make(name, settings, options);
  }
  throw new HeadraceError(
    'HR-RESOURCE-004',
    `resources.${name}`,
    `none of ${binding.firstOf.map((one) => one.chat).join(', ')} can be had`,
    { mend: 'set a key, start a server, or add { chat: lexicon } at the end' },
  );
}

async function available(settings: ChatSettings, { secret }: BindOptions): Promise<boolean> {
  if (settings.chat === 'openai') return secret(settings.secret) !== undefined;
  if (settings.chat === 'ollama') return ollamaHas(settings.url, settings.model, REACHABLE_MS);
  return settings.chat === 'lexicon';
}

async function make(name: string, settings: ChatSettings, options: BindOptions): Promise<ChatModel> {
  switch (settings.chat) {
    case 'lexicon':
      return lexiconModel();
    case 'ollama':
      return withBudget(await ollamaModel(settings), settings.budget);
    case 'openai': {
      const apiKey = options.secret(settings.secret);
      if (apiKey === undefined) {
        throw new HeadraceError(
          'HR-RESOURCE-005',
          `resources.${name}`,
          `the value of the secret ${settings.secret} is not to be had here`,
          {
            mend:
              options.secretsIn === undefined
                ? `set ${environmentName(settings.secret)} in the environment of this process, or name a directory of secrets with --secrets`
                : `put its value into the file ${settings.secret} of the secrets directory ${options.secretsIn}: is it in the secret manager, and mounted there?`,
          },
        );
      }
      return withBudget(await openAiModel({ ...settings, apiKey }), settings.budget);
    }
    default:
      throw new HeadraceError(
        'HR-RESOURCE-002',
        `resources.${name}`,
        `the runtime has no client for ${settings.chat}`,
        { received: settings.chat, mend: `use one of ${SUPPORTED.join(', ')}` },
      );
  }
}

/**
 * The environment variable that holds a secret on a developer's machine: `openai-key` is `OPENAI_API_KEY`, as OpenAI's
 * own tools have it; others are their name in capitals.
 */
export const environmentName = (secret: string) =>
  secret === 'openai-key' ? 'OPENAI_API_KEY' : secret.toUpperCase().replaceAll('-', '_');
