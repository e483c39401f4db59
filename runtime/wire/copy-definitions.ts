// Puts the protobuf definitions beside the compiled code that reads them.
import { cpSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
cpSync(`${ROOT}runtime/wire/headrace`, `${ROOT}build/runtime/wire/headrace`, { recursive: true });
