#!/usr/bin/env node
import { enableCompileCache } from 'node:module';

enableCompileCache();
// Deprecations in dependencies are for their authors; `node --trace-deprecation` still shows them.
process.noDeprecation = !process.execArgv.includes('--trace-deprecation');
// A reader that has seen enough, such as `head`, is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});
const { program } = await import('./cli.ts');
await program().parseAsync();
