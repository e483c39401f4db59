/** A chat model as a deployment file describes it; the shapes are those of its `resources`. */
export type ChatSettings =
  | {
      readonly chat: 'openai';
      readonly model: string;
      readonly secret: string;
      readonly url?: string | undefined;
      readonly timeout: number;
      readonly budget?: BudgetSettings | undefined;
    }
  | {
      readonly chat: 'ollama';
      readonly model: string;
      readonly url: string;
      readonly timeout: number;
      readonly budget?: BudgetSettings | undefined;
    }
  | { readonly chat: 'lexicon' }
  | { readonly chat: 'azure-openai' | 'anthropic' | 'bedrock' };

/** A resource that is bound to one chat model, or to the first of several that can be had. */
export type ChatBinding = ChatSettings | { readonly firstOf: readonly ChatSettings[] };

export interface BudgetSettings {
  readonly tokensPerMinute?: number | undefined;
  readonly requestsPerMinute?: number | undefined;
  /** Calls in flight. */
  readonly concurrency?: number | undefined;
}
