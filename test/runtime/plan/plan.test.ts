import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { agent, chatModel, defineEvent, InputEvent, prompt, tool } from '../../../runtime/api/index.ts';
import {
  canonicalJson,
  compilePlan,
  follow,
  loadAgent,
  parsePlan,
  parsePointer,
  serializePlan,
} from '../../../runtime/plan/index.ts';
import { temporaryDirectory } from '../temporary-directory.ts';

const API = new URL('../../../runtime/api/index.ts', import.meta.url).href;
const LOADER = new URL('../../../runtime/plan/load-agent.ts', import.meta.url).href;
const ZOD = import.meta.resolve('zod');
const input = z.object({ id: z.string(), nested: z.object({ key: z.string() }), maybe: z.string().optional() });
const base = { input, output: z.string(), key: '/nested/key' } as const;
const done = () => {};

const fixed = () =>
  agent('fixed', {
    ...base,
    resources: {
      judge: chatModel(),
      ask: prompt('rate {it}'),
      look: tool({ description: 'looks', args: z.object({ at: z.string() }), run: () => 1 }),
    },
    memory: { n: z.number().default(0) },
  })
    .on(InputEvent, done)
    .on(defineEvent('own', z.object({ n: z.number() })), done);

test('a plan survives its text form, and equal agents have equal bytes', () => {
  const plan = compilePlan(fixed());
  expect(parsePlan(serializePlan(plan))).toEqual(plan);
  expect(serializePlan(compilePlan(fixed()))).toBe(serializePlan(plan));
  expect(plan).toMatchObject({
    version: 1,
    name: 'fixed',
    key: '/nested/key',
    id: '/id',
    actions: ['_input', 'own'],
    resources: { judge: { kind: 'chat' }, ask: { kind: 'prompt', template: 'rate {it}' }, look: { kind: 'tool' } },
  });
});

test('the hash of a fixed agent never changes: state of earlier versions stays readable', () => {
  expect(compilePlan(fixed()).hash).toBe('01b9ae93be71faf90e61afe8aeee40d057dda34cf98019aedeb3f72e0b1d34c1');
});

test('whatever state depends on changes the hash', () => {
  const { hash } = compilePlan(agent('a', base).on(InputEvent, done));
  const others = [
    agent('b', base).on(InputEvent, done),
    agent('a', { ...base, key: '/id' }).on(InputEvent, done),
    agent('a', { ...base, id: '/nested/key' }).on(InputEvent, done),
    agent('a', { ...base, output: z.number() }).on(InputEvent, done),
    agent('a', { ...base, memory: { n: z.number() } }).on(InputEvent, done),
    agent('a', { ...base, resources: { judge: chatModel() } }).on(InputEvent, done),
  ];
  for (const other of others) expect(compilePlan(other).hash).not.toBe(hash);
});

test.each([
  ['not JSON', '{'],
  ['of another version', '{"version":2}'],
  ['changed after it was hashed', serializePlan(compilePlan(fixed())).replace('rate {it}', 'praise {it}')],
])('a plan that is %s is refused', (_, text) => {
  expect(() => parsePlan(text, 'plan.json')).toThrow(
    expect.objectContaining({ code: 'HR-PLAN-003', place: 'plan.json' }),
  );
});

class Client {}
test.each([
  ['an instance of Client', new Client()],
  ['the function fetchIt', function fetchIt() {}],
  ['null', null],
])('%s as a resource is refused by its name', (received, resource) => {
  const subject = agent('a', { ...base, resources: { client: resource as never } }).on(InputEvent, done);
  expect(() => compilePlan(subject)).toThrow(
    expect.objectContaining({ code: 'HR-PLAN-001', place: 'agent a: resources.client', received }),
  );
});

test('a schema that JSON cannot say is refused by its part', () => {
  const subject = agent('a', { ...base, memory: { when: z.date() } }).on(InputEvent, done);
  expect(() => compilePlan(subject)).toThrow(
    expect.objectContaining({ code: 'HR-PLAN-002', place: 'agent a: memory.when' }),
  );
});

test.each([
  ['nested', 'not a JSON pointer'],
  ['/a~2', 'not a JSON pointer'],
  ['/none', 'leads to nothing that every input has'],
  ['/nested/none', 'leads to nothing that every input has'],
  ['/maybe', 'leads to nothing that every input has'],
])('the key %s is refused', (key, message) => {
  expect(() => compilePlan(agent('a', { ...base, key }).on(InputEvent, done))).toThrow(
    expect.objectContaining({
      code: 'HR-AGENT-004',
      place: 'agent a: key',
      received: JSON.stringify(key),
      message: expect.stringContaining(message),
    }),
  );
});

test('pointers are read as RFC 6901 says', () => {
  expect(parsePointer('/a~1b/~01/', 'x')).toEqual(['a/b', '~1', '']);
  expect(follow({ list: [{ a: 1 }] }, ['list', '0', 'a'])).toBe(1);
  expect(follow({}, ['toString'])).toBeUndefined();
});

test('canonical JSON does not depend on the order in which keys were set', () => {
  expect(canonicalJson({ b: [1, undefined], a: { d: undefined, c: null } })).toBe('{"a":{"c":null},"b":[1,null]}');
});

test('a wrong name, no action, no listener to inputs, and clashing events are refused', () => {
  const own = defineEvent('own', z.string());
  const refused = expect.objectContaining({ code: 'HR-AGENT-005' });
  expect(() => compilePlan(agent('Not_A_Name', base).on(InputEvent, done))).toThrow(refused);
  expect(() => compilePlan(agent('a', base))).toThrow(refused);
  expect(() => compilePlan(agent('a', base).on(own, done))).toThrow(refused);
  expect(() => agent('a', base).on(own, done).on(defineEvent('own', z.number()), done)).toThrow(refused);
  expect(() => agent('a', base).on(defineEvent('_mine', z.string()), done)).toThrow(refused);
});

const agentFile = (content: string) => {
  const path = join(temporaryDirectory(), 'agent.ts');
  writeFileSync(path, content);
  return path;
};

test('an agent file gives its agent', async () => {
  const path = agentFile(`import { agent, InputEvent } from '${API}';
import { z } from '${ZOD}';
export default agent('loaded', { input: z.object({ id: z.string() }), output: z.string(), key: '/id' }).on(InputEvent, () => {});`);
  expect((await loadAgent(path)).name).toBe('loaded');
});

/** Loads a file in plain Node, whose stack traces name the user's own lines. */
function refusal(path: string): { code: string; place: string; message: string; mend: string } {
  const script = `import { loadAgent } from '${LOADER}';
await loadAgent(process.argv[1]).catch(({ code, place, message, mend }) => console.log(JSON.stringify({ code, place, message, mend })));`;
  return JSON.parse(execFileSync(process.execPath, ['--input-type=module', '-e', script, path], { encoding: 'utf8' }));
}

test.each([
  ['throws', 'const a = 1;\nthrow new Error("no key");\nexport default a;\n', 'HR-AGENT-002', ':2:7', /Error: no key/],
  ['has a syntax error', 'export default\n  { a: };\n', 'HR-AGENT-002', ':2', /SyntaxError/],
  ['exports nothing', 'export const a = 1;\n', 'HR-AGENT-003', '', /no default export/],
  ['exports something else', 'export default {};\n', 'HR-AGENT-003', '', /no agent/],
])('an agent file that %s is refused with its place', (_, content, code, line, message) => {
  const path = agentFile(content);
  expect(refusal(path)).toEqual({
    code,
    place: `${path}${line}`,
    message: expect.stringMatching(message),
    mend: expect.any(String),
  });
});

test('an agent file that is not there is refused with its path', async () => {
  const missing = join(temporaryDirectory(), 'none.ts');
  await expect(loadAgent(missing)).rejects.toMatchObject({ code: 'HR-AGENT-001', place: missing });
});
