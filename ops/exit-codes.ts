/** What a command's exit code means. */
export const EXIT = {
  ok: 0,
  /** The work was tried and failed. */
  failed: 1,
  /** The input is at fault: nothing was changed. */
  badInput: 2,
  /** The work was done, and an objective of the file was missed. */
  objectiveMissed: 3,
  /** Interrupted; state is whole, and the same command resumes. */
  interrupted: 130,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
