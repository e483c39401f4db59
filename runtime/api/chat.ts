/** One message of a conversation with a chat model. */
export type ChatMessage =
  | { readonly role: 'system' | 'user'; readonly content: string }
  | { readonly role: 'assistant'; readonly content: string; readonly toolCalls?: readonly ToolCall[] }
  | { readonly role: 'tool'; readonly content: string; readonly toolCallId: string };

/** A model's wish to call a tool. */
export interface ToolCall {
  readonly id: string;
  readonly name: string;
  /** As the model wrote them; checked against the tool's schema before it runs. */
  readonly args: unknown;
}

/** A tool as a model sees it. */
export interface ToolDeclaration {
  readonly name: string;
  readonly description: string;
  /** JSON Schema of the arguments. */
  readonly parameters: Readonly<Record<string, unknown>>;
}

export interface ModelRequest {
  readonly messages: readonly ChatMessage[];
  /** JSON Schema that the answer must follow. Default: free text. */
  readonly output?: Readonly<Record<string, unknown>>;
  readonly tools?: readonly ToolDeclaration[];
}

export interface ModelResponse {
  readonly text: string;
  readonly toolCalls: readonly ToolCall[];
  /** Tokens as the service counted them; zero where it does not. */
  readonly usage: { readonly inputTokens: number; readonly outputTokens: number };
}

export interface CallOptions {
  /** The same for every try of the same call, also after a restart. */
  readonly idempotencyKey: string;
  readonly signal: AbortSignal;
}

/** A chat model service. One client a process, shared by all runs. */
export interface ChatModel {
  /** Service and model for logs, such as `openai gpt-4.1-mini`. */
  readonly name: string;
  /** @throws HeadraceError HR-RESOURCE-003 or -004; `retryable` says whether another try can help. */
  chat(request: ModelRequest, options: CallOptions): Promise<ModelResponse>;
}
