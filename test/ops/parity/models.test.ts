// Models of two regions: there, missing in one region or for both, refused, and those that nobody here can ask for.
import { expect, test, vi } from 'vitest';
import { CommandError } from '../../../ops/errors.ts';
import { openAiLook } from '../../../ops/parity/model-looks.ts';
import { exampleCopy } from '../command-line.ts';
import { type Answers, compared, refusal, serving } from './services.ts';

const SUBSCRIPTION = '11111111-2222-3333-4444-555555555555';

interface Given {
  /** Resources of the file, as YAML. */
  readonly resources?: string;
  readonly change?: (file: string) => string;
  readonly regions?: readonly string[];
  readonly key?: () => string | undefined;
}

const compare = async (
  answers: Answers,
  { resources, change = (file) => file, regions = ['us', 'eu'], key }: Given = {},
) => {
  const service = await serving(answers);
  const cwd = exampleCopy((file) =>
    change(resources === undefined ? file : file.replace(/judge: \{ chat: openai.*\n/, () => `judge: ${resources}\n`)),
  );
  const { result, ...more } = await compared(cwd, { regions, models: true }, service.url, key);
  // A model of another service also makes another list of hosts that workers may reach.
  const differences = result.differences.filter(({ place }) => place.startsWith('Model/'));
  return { ...more, result: { ...result, differences }, asked: service.asked };
};
const PLACE = 'Model/judge deployment';
const MISSING = { place: PLACE, a: null, b: null };

test('a model that OpenAI has is asked for once, with the key, and is no difference', async () => {
  const { result, asked } = await compare({ '/models/gpt-4.1-mini': { id: 'gpt-4.1-mini' } });
  expect(result).toMatchObject({ differences: [], notAsked: [] });
  expect(asked.map(({ what, headers }) => [what, headers.authorization])).toEqual([
    ['/models/gpt-4.1-mini', 'Bearer sk-value'],
  ]);
});

test('one that OpenAI does not have is missing in both regions, until the file allows it', async () => {
  const { result, exitCode, lines } = await compare({});
  expect({ exitCode, differences: result.differences }).toEqual({ exitCode: 3, differences: [MISSING] });
  expect(lines).toContain(`  ${PLACE}: missing | missing`);
  const parity = 'parity: { allow: [{ place: "Model/* deployment", reason: ordered }] }';
  const allowed = await compare({}, { change: (file) => file.replace('dr: {', `dr: { ${parity},`) });
  expect(allowed.result).toMatchObject({ differences: [], unused: [] });
  expect(allowed.result.explained).toContainEqual({ ...MISSING, reason: 'ordered' });
});

test('a key that is not here is told, not passed', async () => {
  const { result, exitCode, lines, asked } = await compare({}, { key: () => undefined });
  expect({ exitCode, asked, notAsked: result.notAsked }).toEqual({
    exitCode: 0,
    asked: [],
    notAsked: [{ place: PLACE, reason: 'OPENAI_API_KEY is not set here' }],
  });
  expect(lines).toContain(`  ${PLACE}: not asked, OPENAI_API_KEY is not set here`);
});

test.each([401, 403])('a key that the service refuses with %i fails, and is not repeated', async (status) => {
  const body = { error: { message: 'Incorrect API key provided: sk-value' } };
  const failure = await compare({ '/models/gpt-4.1-mini': refusal(status, body) }).catch((error: unknown) => error);
  expect(failure).toMatchObject({
    code: 'HR-PARITY-005',
    place: 'resources.judge',
    exitCode: 1,
    mend: expect.stringContaining('a key of openai-key'),
  });
  expect((failure as Error).message).not.toContain('sk-value');
});

test('a compatible service that tells of no single model is asked for its list', async () => {
  const refused = (message: string) => new CommandError('HR-PARITY-005', 'here', message);
  const ask = openAiLook(() => 'sk-value');
  const { url } = await serving({ '/v1/models': { data: [{ id: 'served' }] } });
  expect(await ask('served', 'key', `${url}/v1/`, refused)).toBe(true);
  expect(await ask('other', 'key', `${url}/v1`, refused)).toBe(false);
  expect(await ask('served', 'key', `${url}/v2`, refused)).toEqual({
    reason: `${new URL(url).host} lists no models`,
  });
});

test('a service that cannot be reached is told by its host', async () => {
  await expect(
    compared(exampleCopy(), { regions: ['us', 'eu'], models: true }, 'http://127.0.0.1:1'),
  ).rejects.toMatchObject({
    code: 'HR-PARITY-005',
    place: 'resources.judge',
    message: expect.stringMatching(/^127\.0\.0\.1:1 cannot be reached: /),
  });
});

test('a model of Anthropic is asked for with its own header', async () => {
  const resources = '{ chat: anthropic, model: claude-x, secret: openai-key }';
  const { result, asked } = await compare({ '/models/claude-x': { id: 'claude-x' } }, { resources });
  expect(result).toMatchObject({ differences: [], notAsked: [] });
  expect(asked[0]?.headers).toMatchObject({ 'x-api-key': 'sk-value', 'anthropic-version': '2023-06-01' });
  expect((await compare({}, { resources })).result.differences).toEqual([MISSING]);
});

const BEDROCK = '{ chat: bedrock, model: "anthropic.claude-v2:1" }';
const MODEL = '/foundation-models/anthropic.claude-v2%3A1';
/** us and eu in AWS, asia in Google Cloud. */
const bothAws = (file: string) => file.replace('cloud: azure, region: westeurope', 'cloud: aws, region: eu-west-1');

test('a model of Bedrock is asked for in the region of each, by a signature for it', async () => {
  const { result, asked } = await compare({ [MODEL]: { modelDetails: {} } }, { resources: BEDROCK, change: bothAws });
  expect(result.differences).toEqual([]);
  expect(
    asked.map(({ headers }) => /Credential=test\/\d{8}\/([^,]*)/.exec(String(headers.authorization))?.[1]),
  ).toEqual(['us-east-1/bedrock/aws4_request', 'eu-west-1/bedrock/aws4_request']);
});

test('outside of AWS there is no Bedrock, unless the resource names a region', async () => {
  const answers = { [MODEL]: { modelDetails: {} } };
  const at = { regions: ['us', 'asia'] };
  expect((await compare(answers, { ...at, resources: BEDROCK })).result.differences).toEqual([
    { place: PLACE, a: 'there', b: null },
  ]);
  const resources = BEDROCK.replace(' }', ', region: eu-west-1 }');
  const { result, asked } = await compare(answers, { ...at, resources });
  expect(result.differences).toEqual([]);
  expect(asked.map(({ headers }) => String(headers.authorization))).toEqual(
    asked.map(() => expect.stringContaining('/eu-west-1/bedrock/')),
  );
});

test('an inference profile is found where no model has the name', async () => {
  const invalid = { __type: 'ValidationException', message: 'The provided model identifier is invalid.' };
  const resources = '{ chat: bedrock, model: us.amazon.nova-pro-v1 }';
  const answers = { '/foundation-models/us.amazon.nova-pro-v1': refusal(400, invalid) };
  const profile = { '/inference-profiles/us.amazon.nova-pro-v1': { status: 'ACTIVE' } };
  const given = { resources, change: bothAws };
  expect((await compare({ ...answers, ...profile }, given)).result.differences).toEqual([]);
  expect((await compare(answers, given)).result.differences).toEqual([MISSING]);
});

test('a refusal of Bedrock names the rights that are missing', async () => {
  const answers = { [MODEL]: refusal(403, { __type: 'AccessDeniedException', message: 'not authorized' }) };
  await expect(compare(answers, { resources: BEDROCK })).rejects.toMatchObject({
    code: 'HR-PARITY-005',
    message: 'AccessDeniedException: not authorized',
    mend: expect.stringContaining('bedrock:GetFoundationModel'),
  });
});

const AZURE =
  '{ chat: azure-openai, model: gpt-4.1, deployment: judge-1, secret: openai-key, url: "https://reviews-ai.openai.azure.com/" }';
const subscribed = (file: string) =>
  file.replace('region: westeurope,', `region: westeurope, account: ${SUBSCRIPTION},`);
const ACCOUNTS = `/subscriptions/${SUBSCRIPTION}/providers/Microsoft.CognitiveServices/accounts?api-version=2024-10-01`;
const ID = `/subscriptions/${SUBSCRIPTION}/resourceGroups/ai/providers/Microsoft.CognitiveServices/accounts/ai-1`;
const account = (properties: object) => ({ [ACCOUNTS]: { value: [{ id: ID, properties }] } });
const OWN = account({ endpoint: 'https://reviews-ai.openai.azure.com/' });
const deployment = (provisioningState: string) => ({
  [`${ID}/deployments/judge-1?api-version=2024-10-01`]: { properties: { provisioningState } },
});

test.each([
  ['made is there', { ...OWN, ...deployment('Succeeded') }, []],
  [
    'made is there, by the account’s sub-domain',
    { ...account({ customSubDomainName: 'reviews-ai' }), ...deployment('Succeeded') },
    [],
  ],
  ['that failed is missing', { ...OWN, ...deployment('Failed') }, [MISSING]],
  ['of no such name is missing', OWN, [MISSING]],
])('a deployment of Azure %s', async (_, answers, differences) => {
  const { result } = await compare(answers, { resources: AZURE, change: subscribed });
  expect(result).toMatchObject({ differences, notAsked: [] });
});

test('a deployment of Azure whose account nobody here sees is not asked for', async () => {
  const elsewhere = account({ endpoint: 'https://other.openai.azure.com/' });
  const { result } = await compare(elsewhere, { resources: AZURE, change: subscribed });
  expect(result).toMatchObject({
    differences: [],
    notAsked: [{ place: PLACE, reason: `no account of reviews-ai.openai.azure.com is in ${SUBSCRIPTION}` }],
  });
  vi.stubEnv('ARM_SUBSCRIPTION_ID', '');
  const { notAsked } = (await compare(OWN, { resources: AZURE })).result;
  expect(notAsked).toMatchObject([{ reason: expect.stringContaining('ARM_SUBSCRIPTION_ID is not set') }]);
});

test('a refusal of Azure names the rights that are missing', async () => {
  await expect(compare({ [ACCOUNTS]: refusal(403) }, { resources: AZURE, change: subscribed })).rejects.toMatchObject({
    code: 'HR-PARITY-005',
    mend: expect.stringContaining('Microsoft.CognitiveServices/accounts/read'),
  });
});

test.each([
  ['llama3.2', []],
  ['llama3.2:latest', []],
  ['llama3.2:1b', [MISSING]],
  ['mistral', [MISSING]],
])('of an Ollama server that has llama3.2:latest, %s', async (model, differences) => {
  const resources = `{ chat: ollama, model: "${model}", url: "http://models.example.com:11434" }`;
  const { result } = await compare({ '/api/tags': { models: [{ name: 'llama3.2:latest' }] } }, { resources });
  expect(result.differences).toEqual(differences);
});

test.each([
  ['{ chat: lexicon }', 'it is part of the worker, not a service'],
  ['{ chat: ollama, model: a }', "only the region's own pods reach 127.0.0.1"],
  [
    '{ chat: openai, model: a, secret: openai-key, url: "http://vllm.models.svc/v1" }',
    "only the region's own pods reach vllm.models.svc",
  ],
  ['{ firstOf: [{ chat: lexicon }] }', 'it is a choice that is made when the job starts'],
  ['{ embedding: openai, model: a }', 'the resource names no secret'],
  ['{ embedding: azure-openai, model: a, url: "https://x.openai.azure.com" }', 'the resource names no deployment'],
  ['{ embedding: ollama, model: a }', 'the resource names no url'],
])('%s is named as not asked for', async (resources, reason) => {
  const { result, asked, exitCode } = await compare({}, { resources });
  expect({ exitCode, asked, notAsked: result.notAsked }).toEqual({
    exitCode: 0,
    asked: [],
    notAsked: [{ place: PLACE, reason }],
  });
});

test.each([
  ['{ embedding: openai, model: a, secret: openai-key }', '/models/a', {}],
  ['{ embedding: bedrock, model: a }', '/foundation-models/a', {}],
  [
    '{ embedding: ollama, model: a, url: "http://models.example.com" }',
    '/api/tags',
    { models: [{ name: 'a:latest' }] },
  ],
])('%s is asked for as the chat models of its service are', async (resources, what, answer) => {
  const given = { resources, change: bothAws };
  expect((await compare({ [what]: answer }, given)).result).toMatchObject({ differences: [], notAsked: [] });
  expect((await compare({}, given)).result.differences).toEqual([MISSING]);
});

test('a resource that is no model, and a comparison that does not ask, say nothing', async () => {
  const { result } = await compare({}, { resources: '{ tool: [api.example.com] }' });
  expect(result).toMatchObject({ differences: [], notAsked: [] });
  const { url, asked } = await serving({});
  expect((await compared(exampleCopy(), { regions: ['us', 'eu'] }, url)).result.notAsked).toEqual([]);
  expect(asked).toEqual([]);
});
