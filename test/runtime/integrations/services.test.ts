// Local HTTP servers that speak the wire formats of OpenAI's chat completions and of Ollama.
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import type { ModelRequest } from '../../../runtime/api/index.ts';
import { bindChatModel, ollamaModel, openAiModel } from '../../../runtime/integrations/index.ts';

interface Asked {
  readonly url: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: Record<string, unknown>;
}
/** Answers every request with a status and a body. */
async function serve(answer: unknown, status = 200): Promise<{ url: string; asked: Asked[] }> {
  const asked: Asked[] = [];
  const server = createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request) text += chunk;
    asked.push({ url: request.url, headers: request.headers, body: text === '' ? {} : JSON.parse(text) });
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}
const options = () => ({ idempotencyKey: 'key-1', signal: new AbortController().signal });
const request: ModelRequest = {
  messages: [
    { role: 'system', content: 'be brief' },
    { role: 'user', content: 'add' },
    { role: 'assistant', content: '', toolCalls: [{ id: 'c1', name: 'add', args: { a: 1 } }] },
    { role: 'tool', toolCallId: 'c1', content: '2' },
  ],
  output: { type: 'object', properties: { n: { type: 'number' } }, required: ['n'], additionalProperties: false },
  tools: [{ name: 'add', description: 'adds', parameters: { type: 'object' } }],
};
const completion = (message: object) => ({
  id: 'c',
  object: 'chat.completion',
  created: 1,
  model: 'm',
  choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: null, ...message } }],
  usage: { prompt_tokens: 11, completion_tokens: 3, total_tokens: 14 },
});
const openai = (url: string) => openAiModel({ model: 'gpt', apiKey: 'sk-test', url, timeout: 5 });
const ollama = (url: string) => ollamaModel({ model: 'llama', url, timeout: 5 });

test('openai gets the conversation, the answer schema, the tools, the key and the idempotency key', async () => {
  const { url, asked } = await serve(completion({ content: '{"n":2}' }));
  expect(await (await openai(url)).chat(request, options())).toEqual({
    text: '{"n":2}',
    toolCalls: [],
    usage: { inputTokens: 11, outputTokens: 3 },
  });
  expect(asked).toHaveLength(1);
  expect(asked[0]?.url).toBe('/chat/completions');
  expect(asked[0]?.headers).toMatchObject({ authorization: 'Bearer sk-test', 'idempotency-key': 'key-1' });
  expect(asked[0]?.body).toEqual({
    model: 'gpt',
    messages: [
      { role: 'system', content: 'be brief' },
      { role: 'user', content: 'add' },
      {
        role: 'assistant',
        content: '',
        tool_calls: [{ id: 'c1', type: 'function', function: { name: 'add', arguments: '{"a":1}' } }],
      },
      { role: 'tool', tool_call_id: 'c1', content: '2' },
    ],
    response_format: { type: 'json_schema', json_schema: { name: 'answer', strict: true, schema: request.output } },
    tools: [{ type: 'function', function: { name: 'add', description: 'adds', parameters: { type: 'object' } } }],
  });
});

test('openai tool calls come with their arguments, broken ones as text', async () => {
  const call = (id: string, args: string) => ({ id, type: 'function', function: { name: 'add', arguments: args } });
  const { url } = await serve(completion({ tool_calls: [call('a', '{"a":1}'), call('b', '{"a":')] }));
  expect((await (await openai(url)).chat(request, options())).toolCalls).toEqual([
    { id: 'a', name: 'add', args: { a: 1 } },
    { id: 'b', name: 'add', args: '{"a":' },
  ]);
});

test('ollama gets the conversation, the answer schema and the tools', async () => {
  const { url, asked } = await serve({
    model: 'llama',
    message: { role: 'assistant', content: 'x', tool_calls: [{ function: { name: 'add', arguments: { a: 1 } } }] },
    done: true,
    prompt_eval_count: 7,
    eval_count: 2,
  });
  expect(await (await ollama(url)).chat(request, options())).toEqual({
    text: 'x',
    toolCalls: [{ id: '0', name: 'add', args: { a: 1 } }],
    usage: { inputTokens: 7, outputTokens: 2 },
  });
  expect(asked[0]?.url).toBe('/api/chat');
  expect(asked[0]?.body).toMatchObject({ model: 'llama', stream: false, format: request.output });
  expect(asked[0]?.body['messages']).toContainEqual({
    role: 'assistant',
    content: '',
    tool_calls: [{ function: { name: 'add', arguments: { a: 1 } } }],
  });
});

test.each([
  ['openai', openai],
  ['ollama', ollama],
])('%s failures say whether another try can help, and are tried once', async (_, make) => {
  for (const [status, retryable] of [
    [429, true],
    [503, true],
    [401, false],
    [400, false],
  ] as const) {
    const { url, asked } = await serve({ error: { message: 'refused' } }, status);
    await expect((await make(url)).chat(request, options())).rejects.toMatchObject({
      code: 'HR-RESOURCE-004',
      message: expect.stringContaining(`answered ${status}`),
      retryable,
    });
    expect(asked).toHaveLength(1);
  }
  await expect((await make('http://127.0.0.1:1')).chat(request, options())).rejects.toMatchObject({
    code: 'HR-RESOURCE-004',
    message: expect.stringContaining('cannot be reached'),
    retryable: true,
  });
});

test('the first model that can be had is bound', async () => {
  const { url, asked } = await serve({ details: { family: 'llama' } });
  const { url: without } = await serve({ error: "model 'llama' not found" }, 404);
  const gpt = { chat: 'openai', model: 'gpt', secret: 'openai-key', timeout: 5 } as const;
  const local = { chat: 'ollama', model: 'llama', timeout: 5 } as const;
  const down = { ...local, url: 'http://127.0.0.1:1' };
  const up = { ...local, url };
  const empty = { ...local, url: without };
  const lexicon = { chat: 'lexicon' } as const;
  const bound = async (firstOf: Parameters<typeof bindChatModel>[1], key?: string) =>
    (await bindChatModel('judge', firstOf, { secret: () => key })).name;
  expect(await bound({ firstOf: [gpt, up, lexicon] }, 'sk')).toBe('openai gpt');
  expect(await bound({ firstOf: [gpt, up, lexicon] })).toBe('ollama llama');
  expect(asked.map(({ url: path, body }) => [path, body])).toEqual([['/api/show', { model: 'llama' }]]);
  expect(await bound({ firstOf: [gpt, down, empty, lexicon] })).toBe('lexicon wink-sentiment');
  await expect(bound({ firstOf: [gpt, down] })).rejects.toMatchObject({ code: 'HR-RESOURCE-004' });
  await expect(bound(gpt)).rejects.toMatchObject({
    code: 'HR-RESOURCE-005',
    mend: expect.stringContaining('OPENAI_API_KEY'),
  });
  const inPod = bindChatModel('judge', gpt, { secret: () => undefined, secretsIn: '/var/run/secrets/headrace' });
  await expect(inPod).rejects.toMatchObject({
    code: 'HR-RESOURCE-005',
    mend: expect.stringMatching(/the file \S+ of the secrets directory \/var\/run\/secrets\/headrace/),
  });
  await expect(bound({ chat: 'bedrock' })).rejects.toMatchObject({ code: 'HR-RESOURCE-002', received: 'bedrock' });
});
