import type { ToolMode } from '../api/index.ts';
import type { ChatBinding } from '../integrations/index.ts';

/** What an agent process needs; it crosses to the process by structured clone. */
export interface AgentSettings {
  /** Absolute path of the agent's module. */
  readonly entry: string;
  /** Chat models by resource name. */
  readonly models: Readonly<Record<string, ChatBinding>>;
  /** Default: `run`. */
  readonly tools?: ToolMode | undefined;
  readonly config: Readonly<Record<string, string | number | boolean>>;
  /** Directory with a file for each secret; undefined: secrets are environment variables. */
  readonly secrets?: string | undefined;
  /** Heap of an agent process, MiB. Default: Node's own limit. */
  readonly heapMiB?: number | undefined;
}

export interface WorkerSettings {
  readonly agent: AgentSettings;
  /** Names of the jobs that are served: one, or in active-active every region's, since any may run here. */
  readonly jobs: readonly string[];
  /** Name of this worker, for messages. */
  readonly name: string;
  readonly version: string;
  readonly listen: { readonly host: string; readonly port: number };
  /** Where `/livez`, `/readyz` and `/metrics` are. */
  readonly http: { readonly host: string; readonly port: number };
  /** Directory of ca.crt, tls.crt and tls.key; undefined: plain text, on loopback only. */
  readonly tls?: string | undefined;
  /** Runs that each subtask of the operator may have here at once. */
  readonly inFlight: number;
  /** Processes that run agent code. */
  readonly processes: number;
  /** Milliseconds that a drain may take. */
  readonly grace: number;
  /** Milliseconds after which a process that does not answer is ended, and its runs are looked into one by one. */
  readonly hangAfter: number;
}
