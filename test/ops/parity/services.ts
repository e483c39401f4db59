// The services of clouds and of models, as far as a comparison asks them: what they answer, by what they are asked.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { onTestFinished, vi } from 'vitest';
import { type DiffOptions, diff } from '../../../ops/commands/diff.ts';
import type { Looks } from '../../../ops/parity/looks.ts';
import {
  anthropicLook,
  azureOpenAiLook,
  bedrockLook,
  type KeySource,
  ollamaLook,
  openAiLook,
} from '../../../ops/parity/model-looks.ts';
import { awsQuotas, azureQuotas, gcpQuotas } from '../../../ops/parity/quota-looks.ts';
import { awsLook, azureLook, gcpLook } from '../../../ops/parity/secrets.ts';

class Refusal {
  readonly status: number;
  readonly body: object;

  constructor(status: number, body: object) {
    this.status = status;
    this.body = body;
  }
}

export const refusal = (status: number, body: object = {}) => new Refusal(status, body);

/** By path and query; for AWS's JSON services by operation, with the code of a quota behind it. */
export type Answers = Readonly<Record<string, unknown>>;

export interface Asked {
  readonly what: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** A service that does not know what it has no answer for. */
export async function serving(answers: Answers): Promise<{ url: string; asked: Asked[] }> {
  const asked: Asked[] = [];
  const server = createServer(async (request, response) => {
    const body = await text(request);
    const target = request.headers['x-amz-target'] as string | undefined;
    const { QuotaCode = '' } = (target ? JSON.parse(body) : {}) as { QuotaCode?: string };
    const what = target ? `${target} ${QuotaCode}`.trim() : (request.url ?? '');
    asked.push({ what, headers: request.headers });
    const none = /^ServiceQuotas/.test(what)
      ? refusal(400, { __type: 'com.amazonaws.servicequotas#NoSuchResourceException' })
      : refusal(404, { __type: 'ResourceNotFoundException' });
    const found = answers[what] ?? none;
    response.writeHead(found instanceof Refusal ? found.status : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(found instanceof Refusal ? found.body : found));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

const token = async () => 'token';

/** Every cloud and service at one address. */
const looksAt = (url: string, key: KeySource): Looks => ({
  secrets: { aws: awsLook(url), azure: azureLook(token, () => url), gcp: gcpLook(token, url) },
  quotas: { aws: awsQuotas(url), azure: azureQuotas(token, url), gcp: gcpQuotas(token, url) },
  models: {
    openai: openAiLook(key, url),
    anthropic: anthropicLook(key, url),
    azureOpenAi: azureOpenAiLook(token, url),
    bedrock: bedrockLook(url),
    ollama: ollamaLook(() => url),
  },
});

/** Compares two regions of a deployment whose clouds and services are at one address. */
export async function compared(
  cwd: string,
  options: Partial<DiffOptions> & Pick<DiffOptions, 'regions'>,
  url: string,
  key: KeySource = () => 'sk-value',
) {
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
  const lines: string[] = [];
  const line = (said: string) => {
    lines.push(said);
  };
  const terminal = { line, step: line, progress: vi.fn(), progressDone: vi.fn() };
  const { result, exitCode } = await diff(
    {
      file: join(cwd, 'headrace.yaml'),
      context: [],
      secrets: false,
      quotas: false,
      models: false,
      all: false,
      ...options,
    },
    { terminal, json: true, signal: new AbortController().signal },
    looksAt(url, key),
  );
  return { result, exitCode, lines };
}
