import * as prompts from '@clack/prompts';
import { CommandError } from '../errors.ts';

/**
 * Asks before something is changed. @returns whether to go on.
 * @throws CommandError HR-DEPLOY-008 where nobody can be asked and no flag answered.
 */
export async function confirm(question: string, yes: boolean): Promise<boolean> {
  if (yes) return true;
  if (!process.stdin.isTTY || !process.stdout.isTTY) {
    throw new CommandError('HR-DEPLOY-008', '--yes', `nobody is there to ask: ${question}`, {
      mend: 'look at what is planned above, then say --yes',
    });
  }
  const answer = await prompts.confirm({ message: question, initialValue: false });
  return answer === true;
}
