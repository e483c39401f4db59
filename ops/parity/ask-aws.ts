import { type Refusal, reach } from './ask.ts';

export interface AwsQuestion {
  /** Name that the service signs by. */
  readonly service: string;
  readonly region: string;
  readonly url: string;
  /** JSON that goes out with a POST; without it the question is a GET. */
  readonly body?: { readonly target: string; readonly value: object };
  /** Errors by which the service says that it does not have it. */
  readonly absent: readonly string[];
}

/** The region's own address of a service; China has a domain of its own. */
export const awsAddress = (service: string, region: string) =>
  `https://${service}.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`;

/** Asks an AWS service that has no client among the dependencies. @returns undefined where the service does not have it. */
export async function askAws<T>(question: AwsQuestion, refused: Refusal): Promise<T | undefined> {
  const { url, headers, method, body } = await signed(question, refused);
  const answer = await reach(url, { method, headers, ...(body ? { body } : {}) }, refused);
  const text = await answer.text();
  if (answer.ok) return JSON.parse(text) as T;
  const { name, message } = errorOf(answer, text);
  if (question.absent.includes(name)) return undefined;
  throw refused(`${name}: ${message}`);
}

/** Any client's signer signs for other services too; this one is here already. */
async function signed({ service, region, url, body }: AwsQuestion, refused: Refusal) {
  const { SecretsManagerClient } = await import('@aws-sdk/client-secrets-manager');
  const client = new SecretsManagerClient({ region });
  const { protocol, hostname, port, host, pathname } = new URL(url);
  const text = body && JSON.stringify(body.value);
  const method = body ? 'POST' : 'GET';
  try {
    const signer = await client.config.signer({
      name: 'sigv4',
      signingName: service,
      signingRegion: region,
      properties: {},
    });
    const { headers } = await signer.sign({
      method,
      protocol,
      hostname,
      ...(port ? { port: Number(port) } : {}),
      path: pathname,
      headers: {
        host,
        ...(body ? { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': body.target } : {}),
      },
      ...(text ? { body: text } : {}),
    });
    return { url, method, headers, body: text };
  } catch (error) {
    throw refused(`nobody is signed in: ${(error as Error).message}`, error);
  } finally {
    client.destroy();
  }
}

/** JSON 1.1 names an error in the body, REST in a header; either may come with a namespace or an address. */
function errorOf(answer: Response, text: string): { name: string; message: string } {
  let body: { __type?: string; message?: string; Message?: string } = {};
  try {
    body = JSON.parse(text) as typeof body;
  } catch {
    // A proxy's answer, not the service's.
  }
  const type = answer.headers.get('x-amzn-errortype') ?? body.__type ?? String(answer.status);
  return {
    name: type.replace(/^.*#/, '').replace(/:.*$/, ''),
    message: body.message ?? body.Message ?? answer.statusText,
  };
}
