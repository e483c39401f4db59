import { setTimeout as sleep } from 'node:timers/promises';
import { Server, type ServiceDefinition, status, type UntypedServiceImplementation } from '@grpc/grpc-js';
import { SERVICE } from '../wire/messages.ts';
import { AgentProcesses } from './agent-processes.ts';
import { WorkerError } from './errors.ts';
import { type HealthServer, serveHealth } from './http.ts';
import { type Listener, listen } from './listener.ts';
import { WorkerMetrics } from './metrics.ts';
import { type Call, OperatorStream } from './operator-stream.ts';
import type { WorkerSettings } from './settings.ts';

const MAX_FRAME_BYTES = 64 * 2 ** 20;
const DRAIN_POLL_MS = 20;
/** For the last frames to leave. */
const GOODBYE_MS = 250;

const bytes = (message: Buffer) => message;
const DEFINITION: ServiceDefinition = {
  Run: {
    path: `/${SERVICE}/Run`,
    requestStream: true,
    responseStream: true,
    // Frames are decoded where they are used: some are passed on as they are.
    requestSerialize: bytes,
    requestDeserialize: bytes,
    responseSerialize: (message: Uint8Array) => Buffer.from(message.buffer, message.byteOffset, message.byteLength),
    responseDeserialize: bytes,
  },
};

/** A server that says no. */
function refuser(reason: string): Server {
  const server = new Server();
  server.addService(DEFINITION, {
    Run: (call: Call) =>
      call.emit('error', { code: status.UNAUTHENTICATED, details: reason, name: 'Refused', message: reason }),
  });
  return server;
}

/** A worker that serves. */
export class AgentWorker {
  readonly #settings: WorkerSettings;
  readonly #log: (message: string) => void;
  readonly #processes: AgentProcesses;
  readonly #streams = new Set<OperatorStream>();
  readonly #metrics: WorkerMetrics;
  #listener: Listener | undefined;
  #health: HealthServer | undefined;
  #unusable: string | undefined;
  #draining = false;
  #streamCount = 0;

  private constructor(settings: WorkerSettings, log: (message: string) => void) {
    this.#settings = settings;
    this.#log = log;
    this.#processes = new AgentProcesses({
      settings: settings.agent,
      processes: settings.processes,
      hangAfter: settings.hangAfter,
      log,
      onUnusable: (reason) => {
        this.#unusable = reason;
        log(`agent processes cannot live: ${reason}`);
      },
    });
    this.#metrics = new WorkerMetrics(settings.tls !== undefined, () => ({
      streams: this.#streams.size,
      inFlight: this.#inFlight,
      draining: this.#draining,
      processDeaths: this.#processes.deaths,
      certificateExpiry: this.#listener?.certificates && this.#listener.certificates.validTo / 1000,
    }));
  }

  /**
   * Loads the agent and listens. @param log takes lines for people.
   * @throws WorkerError HR-WORKER-001 to -004, with place and mend.
   */
  static async start(settings: WorkerSettings, log: (message: string) => void): Promise<AgentWorker> {
    const worker = new AgentWorker(settings, log);
    try {
      await worker.#processes.start().catch((error: Error) => {
        throw new WorkerError('HR-WORKER-004', settings.agent.entry, `the agent cannot be run: ${error.message}`);
      });
      worker.#listener = await listen(worker.#server(), settings, refuser, log);
      worker.#health = await serveHealth(
        settings.http,
        { dead: () => worker.#unusable, notReady: () => worker.#notReady() },
        worker.#metrics,
      );
      return worker;
    } catch (error) {
      worker.close();
      throw error;
    }
  }

  get port(): number {
    return this.#listener?.port ?? 0;
  }
  get httpPort(): number {
    return this.#health?.port ?? 0;
  }
  get planHash(): string {
    return this.#processes.planHash;
  }
  get models(): Readonly<Record<string, string>> {
    return this.#processes.models;
  }

  /** Takes no new runs, finishes those that can be finished in the grace period, hands the others back, and ends. */
  async drain(): Promise<{ readonly returned: number }> {
    this.#draining = true;
    for (const stream of this.#streams) stream.drain();
    const deadline = Date.now() + this.#settings.grace;
    while (this.#inFlight > 0 && Date.now() < deadline) await sleep(DRAIN_POLL_MS);
    const returned = this.#inFlight;
    for (const stream of [...this.#streams]) stream.finish();
    await sleep(GOODBYE_MS);
    this.close();
    return { returned };
  }

  close(): void {
    this.#listener?.close();
    this.#health?.close();
    this.#processes.end();
  }

  get #inFlight(): number {
    let count = 0;
    for (const stream of this.#streams) count += stream.outstanding;
    return count;
  }

  #notReady(): string | undefined {
    if (this.#draining) return 'draining';
    const expiry = this.#listener?.certificates?.validTo;
    if (expiry !== undefined && expiry <= Date.now())
      return `the certificate expired at ${new Date(expiry).toISOString()}`;
    return undefined;
  }

  #server(): Server {
    const server = new Server({
      'grpc.max_receive_message_length': MAX_FRAME_BYTES,
      'grpc.max_send_message_length': MAX_FRAME_BYTES,
      'grpc.keepalive_permit_without_calls': 1,
      'grpc.http2.min_time_between_pings_ms': 5_000,
    });
    const implementation: UntypedServiceImplementation = {
      Run: (call: Call) => {
        this.#streams.add(
          new OperatorStream(call, {
            number: ++this.#streamCount,
            settings: this.#settings,
            processes: this.#processes,
            metrics: this.#metrics,
            isDraining: () => this.#draining,
            log: this.#log,
            onEnd: (stream) => this.#streams.delete(stream),
          }),
        );
      },
    };
    server.addService(DEFINITION, implementation);
    return server;
  }
}
