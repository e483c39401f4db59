import type { AgentSettings } from './settings.ts';

/** From the worker to an agent process. */
export type ToProcess =
  | { readonly kind: 'start'; readonly settings: AgentSettings }
  | { readonly kind: 'open'; readonly stream: number; readonly job: string; readonly journal: number }
  | { readonly kind: 'frame'; readonly stream: number; readonly bytes: Uint8Array }
  | { readonly kind: 'close'; readonly stream: number }
  | { readonly kind: 'ping' };

export type FromProcess =
  | { readonly kind: 'ready'; readonly planHash: string; readonly models: Readonly<Record<string, string>> }
  /** The agent cannot be loaded or its models cannot be bound. */
  | { readonly kind: 'unusable'; readonly message: string }
  | { readonly kind: 'frame'; readonly stream: number; readonly bytes: Uint8Array }
  | { readonly kind: 'pong' };
