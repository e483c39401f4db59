#!/usr/bin/env node
import { enableCompileCache } from 'node:module';

enableCompileCache();
const { program } = await import('./cli.ts');
await program().parseAsync();
