import type { TokenSource } from '../deploy/secret-writers.ts';
import type { CommandError } from '../errors.ts';

/** What becomes of a question that a service does not answer. */
export type Refusal = (message: string, cause?: unknown) => CommandError;

/**
 * Asks a service for JSON. @returns undefined where the service does not have it (404).
 * Neither the headers nor the service's own words are told on: some services repeat a part of the key.
 */
export async function ask<T>(
  url: string,
  headers: Readonly<Record<string, string>>,
  refused: Refusal,
): Promise<T | undefined> {
  const answer = await reach(url, { headers }, refused);
  if (answer.status === 404) return undefined;
  if (!answer.ok) throw refused(`${answer.status} ${answer.statusText}`);
  try {
    return (await answer.json()) as T;
  } catch (error) {
    throw refused(`${new URL(url).host} answers something else than JSON`, error);
  }
}

/** A request whose failure to arrive is told with the host's name. */
export async function reach(url: string, init: RequestInit, refused: Refusal): Promise<Response> {
  try {
    return await fetch(url, init);
  } catch (error) {
    const { cause, message } = error as Error & { cause?: { message?: string } };
    throw refused(`${new URL(url).host} cannot be reached: ${cause?.message || message}`, error);
  }
}

/** The header that signs a request in to Azure or Google Cloud. */
export async function bearer(token: TokenSource, scope: string, refused: Refusal): Promise<Record<string, string>> {
  try {
    return { authorization: `Bearer ${await token(scope)}` };
  } catch (error) {
    throw refused(`nobody is signed in: ${(error as Error).message}`, error);
  }
}
