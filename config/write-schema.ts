// Writes the JSON Schema of the deployment file for editors, to the path given or to config/headrace.schema.json.
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { editorSchema } from './index.ts';

const target = process.argv[2] ?? fileURLToPath(new URL('./headrace.schema.json', import.meta.url));
writeFileSync(target, `${JSON.stringify(editorSchema(), null, 2)}\n`);
