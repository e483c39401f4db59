// What a cloud's page says of the table: which promises it cannot keep, and which it keeps in another way.
import type { Cloud } from '../../../config/index.ts';
import { reasonOf } from './promise.ts';
import { PROMISES } from './promises.ts';

/** Heading of the chapter in each page. */
export const CHAPTER = '## Promises that are not kept, or otherwise\n';

/** The chapter without its heading. */
export function chapterOf(cloud: Cloud): string {
  const told = PROMISES.flatMap((promised) => {
    const cell = promised[cloud];
    const reason = reasonOf(cell);
    if (!reason) return [];
    const how = 'exception' in cell ? 'Not kept' : 'Kept otherwise';
    return [`- **${promised.id}** A region ${promised.sentence}. *${how}:* ${reason}.`];
  });
  const exceptions = PROMISES.filter((one) => 'exception' in one[cloud]).length;
  const summary =
    `Of the table's ${PROMISES.length} promises this cloud keeps ${PROMISES.length - exceptions}, ` +
    `${told.length - exceptions} of them otherwise than the others or in part.`;
  return `\n${summary}\n\n${told.join('\n')}\n`;
}
