/** From the worker's main thread to an agent thread. Frames are transferred, not copied. */
export type ToThread =
  | { readonly kind: 'open'; readonly stream: number; readonly job: string; readonly journal: number }
  | { readonly kind: 'frame'; readonly stream: number; readonly bytes: Uint8Array }
  | { readonly kind: 'close'; readonly stream: number }
  | { readonly kind: 'ping' };

export type FromThread =
  | { readonly kind: 'ready'; readonly planHash: string; readonly models: Readonly<Record<string, string>> }
  /** The agent cannot be loaded or its models cannot be bound. */
  | { readonly kind: 'unusable'; readonly message: string }
  | { readonly kind: 'frame'; readonly stream: number; readonly bytes: Uint8Array }
  | { readonly kind: 'pong' };
