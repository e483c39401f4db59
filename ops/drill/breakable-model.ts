import { openSync, writeSync } from 'node:fs';
import { type ChatModel, HeadraceError } from '../../runtime/api/index.ts';

/** Chat models that a drill can take away, that write down the idempotency key of every call before it is made, and tell of failures. */
export class BreakableModels {
  readonly models: Readonly<Record<string, ChatModel>>;
  /** Whether the service behind them is down. */
  down = false;

  /**
   * @param path file that gets a line for every call that reaches the service; undefined where the service keeps it.
   * @param onFailure told of each call that failed, but for those that the job itself broke off.
   */
  constructor(
    models: Readonly<Record<string, ChatModel>>,
    path: string | undefined,
    onFailure: (error: unknown) => void,
  ) {
    const file = path === undefined ? undefined : openSync(path, 'a');
    const wrap = (name: string, model: ChatModel): ChatModel => ({
      name: model.name,
      chat: async (request, options) => {
        try {
          if (this.down) {
            throw new HeadraceError('HR-RESOURCE-004', `resources.${name}`, 'the drill has taken the service down', {
              retryable: true,
            });
          }
          if (file !== undefined) writeSync(file, `${options.idempotencyKey}\n`);
          return await model.chat(request, options);
        } catch (error) {
          if (!options.signal.aborted) onFailure(error);
          throw error;
        }
      },
    });
    this.models = Object.fromEntries(Object.entries(models).map(([name, model]) => [name, wrap(name, model)]));
  }
}
