import { openSync, writeSync } from 'node:fs';
import { type ChatModel, HeadraceError } from '../../runtime/api/index.ts';

/** Chat models that a drill can take away, and that write down the idempotency key of every call before it is made. */
export class BreakableModels {
  readonly models: Readonly<Record<string, ChatModel>>;
  /** Whether the service behind them is down. */
  down = false;

  /** @param path file that gets a line for every call that reaches the service. */
  constructor(models: Readonly<Record<string, ChatModel>>, path: string) {
    const file = openSync(path, 'a');
    const wrap = (name: string, model: ChatModel): ChatModel => ({
      name: model.name,
      chat: async (request, options) => {
        if (this.down) {
          throw new HeadraceError('HR-RESOURCE-004', `resources.${name}`, 'the drill has taken the service down', {
            retryable: true,
          });
        }
        writeSync(file, `${options.idempotencyKey}\n`);
        return model.chat(request, options);
      },
    });
    this.models = Object.fromEntries(Object.entries(models).map(([name, model]) => [name, wrap(name, model)]));
  }
}
