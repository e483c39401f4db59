import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** A directory that lives as long as the test that asks for it, or longer where HEADRACE_TEST_KEEP is set. @param after `afterAll`, for one that a file's tests share. */
export function temporaryDirectory(after: (remove: () => void) => void = onTestFinished): string {
  const directory = mkdtempSync(join(tmpdir(), 'headrace-test-'));
  if (!process.env['HEADRACE_TEST_KEEP']) after(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}
