import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { agent, InputEvent } from '../../../runtime/api/index.ts';
import { fileSource, runLocal } from '../../../runtime/local/index.ts';
import { FileStore } from '../../../runtime/state/file-store.ts';
import { temporaryDirectory } from '../temporary-directory.ts';

it('writes nothing when a line is broken that lies behind the first chunk of the file', async () => {
  const directory = temporaryDirectory();
  const path = join(directory, 'input');
  const lines = Array.from({ length: 20_000 }, (_, i) => `${i}\tsome text of line ${i}\n`);
  writeFileSync(path, `${lines.join('')}broken\n`);
  const echo = agent('echo', { input: z.object({ id: z.string() }), output: z.string(), key: '/id' }).on(
    InputEvent,
    ({ value }, ctx) => ctx.output(value.id),
  );
  const run = runLocal({
    agent: echo,
    job: 'echo',
    source: fileSource({ path, name: 'input.tsv', format: 'tsv', columns: ['id', 'text'] }),
    sink: join(directory, 'outputs'),
    store: new FileStore(join(directory, 'state')),
    journal: join(directory, 'journal'),
    checkpoint: { interval: 1, incremental: true, retain: 1 },
  });
  await expect(run).rejects.toMatchObject({ code: 'HR-SOURCE-001', place: 'input.tsv:20001' });
  for (const name of ['outputs', 'state', 'journal']) expect(existsSync(join(directory, name)), name).toBe(false);
});
