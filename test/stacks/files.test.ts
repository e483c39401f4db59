// What a newcomer reads: one cloud's folder in ten minutes.
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const STACKS = new URL('../../stacks/', import.meta.url);

test.each(['aws', 'azure', 'gcp', 'bootstrap', '.'])(
  'each file in stacks/%s is short and says what it holds',
  (folder) => {
    const files = readdirSync(new URL(`${folder}/`, STACKS)).filter((name) => name.endsWith('.ts'));
    expect(files.length).toBeGreaterThan(1);
    const texts = files.map((name) => [name, readFileSync(new URL(`${folder}/${name}`, STACKS), 'utf8')] as const);
    expect(texts.filter(([, text]) => text.split('\n').length >= 250).map(([name]) => name)).toEqual([]);
    expect(texts.filter(([, text]) => !/\/\*\*|^\/\/ /m.test(text)).map(([name]) => name)).toEqual([]);
  },
);

test('the same part has the same file in every cloud', () => {
  const parts =
    'network keys cluster nodes identity state secrets registry kafka backup dns egress firewall budget peers provider region-stack'.split(
      ' ',
    );
  for (const cloud of ['aws', 'azure', 'gcp']) {
    const files = readdirSync(new URL(`${cloud}/`, STACKS));
    expect(files, cloud).toEqual(expect.arrayContaining(parts.map((part) => `${part}.ts`)));
  }
});
