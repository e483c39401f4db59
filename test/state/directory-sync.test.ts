import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test, vi } from 'vitest';
import { syncDirectory } from '../../runtime/state/directory-sync.ts';

vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof import('node:fs/promises')>();
  return { ...real, open: vi.fn(real.open) };
});

const directory = mkdtempSync(join(tmpdir(), 'headrace-sync-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

test('many at once share the sync that begins after they asked', async () => {
  vi.mocked(open).mockClear();
  const order: string[] = [];
  const first = syncDirectory(directory).then(() => order.push('first'));
  const others = Array.from({ length: 20 }, () => syncDirectory(directory).then(() => order.push('other')));
  await Promise.all([first, ...others]);
  expect(order[0]).toBe('first');
  expect(open).toHaveBeenCalledTimes(2);
  await syncDirectory(directory);
  expect(open).toHaveBeenCalledTimes(3);
});

test('a failure is told to all who waited, and the next one tries again', async () => {
  const missing = join(directory, 'missing');
  const results = await Promise.allSettled([syncDirectory(missing), syncDirectory(missing), syncDirectory(missing)]);
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
  mkdirSync(missing);
  await syncDirectory(missing);
});
