#!/usr/bin/env node
import { enableCompileCache } from 'node:module';

enableCompileCache();
// Deprecations in dependencies are for their authors; `node --trace-deprecation` still shows them.
process.noDeprecation = !process.execArgv.includes('--trace-deprecation');
const { program } = await import('./cli.ts');
await program().parseAsync();
