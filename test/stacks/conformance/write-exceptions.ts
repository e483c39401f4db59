// Writes the chapter of exceptions into each cloud's page: `npm run docs:promises`.
import { readFileSync, writeFileSync } from 'node:fs';
import { CHAPTER, chapterOf } from './exceptions.ts';

for (const cloud of ['aws', 'azure', 'gcp'] as const) {
  const page = new URL(`../../../stacks/${cloud}/README.md`, import.meta.url);
  const [before, rest] = readFileSync(page, 'utf8').split(CHAPTER);
  const next = rest?.indexOf('\n## ') ?? -1;
  const after = rest !== undefined && next >= 0 ? rest.slice(next) : '';
  writeFileSync(page, `${before}${CHAPTER}${chapterOf(cloud)}${after}`);
}
