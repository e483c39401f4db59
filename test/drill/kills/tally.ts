import { type Call, callAndKill } from '../../support/mortal-child.ts';

/** What a process left behind after SIGKILL and a second call, as it was found. */
export interface Found {
  /** What must be there and is not, or is there and is not whole. */
  readonly lost: number;
  readonly repeated: number;
  /** What else is wrong, in words. */
  readonly wrong: readonly string[];
}

export interface Tally extends Found {
  readonly kills: number;
  /** Calls that were done before their kill came, which therefore count for nothing. */
  readonly tooLate: number;
}

/** A process that is killed, with a place of its own for each round. */
export interface Mortal {
  readonly script: string;
  /** Makes a round's place, as the process finds it. @returns its arguments. */
  readonly prepare: (round: number) => Promise<readonly string[]>;
  /** Whether its work was done although it had not yet said so. Default: no. */
  readonly isDone?: (round: number) => boolean;
  /** Right after the kill, before anybody mends anything. Default: nothing is looked at. */
  readonly inspect?: (round: number) => Promise<Found>;
  /** The second call, to its end, and what there is then. */
  readonly finish: (round: number) => Promise<Found>;
}

/** Kills come up to so much later than an undisturbed call needs: a process is slower once in a while. */
const BEYOND = 1.05;

/**
 * Kills a process at random moments of its work, each time in a new place, and finishes each by a second call. How long the work
 * takes is learned from one that nobody kills.
 */
export async function killEach(mortal: Mortal, kills: number, dice: () => number): Promise<Tally> {
  let [done, round, tooLate, lost, repeated] = [0, 0, 0, 0, 0];
  const wrong: string[] = [];
  const add = (found: Found, when: string) => {
    lost += found.lost;
    repeated += found.repeated;
    wrong.push(...found.wrong.map((one) => `${when}: ${one}`));
  };
  const call = async (afterMs?: number): Promise<Call> =>
    callAndKill(mortal.script, await mortal.prepare(++round), afterMs);
  // The first one leaves what it compiled to all others.
  await call();
  const { ms } = await call();
  while (done < kills) {
    const afterMs = dice() * ms * BEYOND;
    const { killed } = await call(afterMs);
    if (killed && !mortal.isDone?.(round)) {
      const when = `round ${round}, killed after ${Math.round(afterMs)} ms`;
      done += 1;
      if (mortal.inspect) add(await mortal.inspect(round), when);
      add(await mortal.finish(round), when);
    } else tooLate += 1;
    // Where all calls are done at once there is nothing to kill.
    if (tooLate > kills + 20) throw new Error(`${mortal.script}: ${tooLate} calls were done before their kill`);
  }
  return { kills: done, tooLate, lost, repeated, wrong };
}
