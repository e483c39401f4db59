import { RemoteError } from '../../runtime/remote/index.ts';
import { systemClock } from '../../runtime/state/clock.ts';

/** How long something may take, and whom to tell about it. */
export interface Patience {
  /** Milliseconds since 1970. */
  readonly until: number;
  /** Milliseconds between two looks. */
  readonly pollMs: number;
  readonly signal: AbortSignal;
  readonly progress: (text: string) => void;
}

/** Whether asking again may help: a JobManager that starts, takes over, or answers for one that does. */
export function isPassing(error: unknown): error is RemoteError {
  if (!(error instanceof RemoteError) || error.code !== 'HR-REMOTE-001') return false;
  const { status, message } = error;
  // A wrong certificate stays wrong.
  if (status === undefined)
    return !/certificate|self.signed|ssl|alert|wrong version number|unable to verify/i.test(message);
  if (status === 502 || status === 503 || status === 504) return true;
  return status === 500 && PASSING.test(message);
}

/** Flink's own 500s of a JobManager that starts or takes over, or of a standby whose leader is gone. */
const PASSING =
  /leader|AskTimeout|TimeoutException|Fencing|gateway|connection refused|UnknownHost|not yet|unreachable|Recipient/i;

/**
 * Makes a call again while what stops it may pass.
 * @throws the last error once the time is over.
 */
export async function patiently<T>(what: string, patience: Patience, call: () => Promise<T>): Promise<T> {
  for (;;) {
    patience.signal.throwIfAborted();
    try {
      return await call();
    } catch (error) {
      if (!isPassing(error) || Date.now() >= patience.until) throw error;
      patience.progress(`${what}: ${error.message}`);
      await pause(patience);
    }
  }
}

export const pause = ({ pollMs, signal }: Pick<Patience, 'pollMs' | 'signal'>) => systemClock.sleep(pollMs, signal);
