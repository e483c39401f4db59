import { Resolver } from 'node:dns/promises';
import { isIP } from 'node:net';
import { address, badFlag } from '../terminal/flags.ts';

/** What a name leads to. */
export interface Answer {
  readonly name: string;
  /** Names that it stands for, one after another. */
  readonly chain: readonly string[];
  readonly addresses: readonly string[];
  /** Why there is no answer, in the words of DNS, such as ENOTFOUND or ETIMEOUT; null where there is one. */
  readonly failure: string | null;
}

export type Resolve = (name: string) => Promise<Answer>;

const HOPS = 10;
/** Answers that say: the name is none, or has nothing of this kind. */
const EMPTY = ['ENOTFOUND', 'ENODATA'];

/** @throws CommandError HR-CLI-006 for what is no address of a server. */
export function resolverAddress(text: string): string {
  const { host, port } = address('--resolver', text);
  const family = isIP(host);
  if (family === 0 || port === 0) throw badFlag('--resolver', text, 'write the IP address of a server and its port');
  return family === 6 ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Asks DNS, with no memory of its own. @param server address and port. Default: the servers of this machine. */
export const resolveWith =
  (server?: string): Resolve =>
  async (name) => {
    const resolver = new Resolver({ timeout: 2_000, tries: 2 });
    if (server !== undefined) resolver.setServers([server]);
    const chain: string[] = [];
    let failure: string | null = null;
    const ask = async (question: Promise<string[]>): Promise<string[]> => {
      try {
        return await question;
      } catch (error) {
        const { code } = error as { code?: string };
        if (code === undefined) throw error;
        // That nobody answers weighs more than an answer that there is nothing.
        if (failure === null || EMPTY.includes(failure)) failure = code;
        return [];
      }
    };
    // Step by step: an address alone does not say which of several regions with one load balancer is meant.
    for (let at = name; chain.length < HOPS; ) {
      const [next] = await ask(resolver.resolveCname(at));
      if (next === undefined) break;
      at = next.toLowerCase().replace(/\.$/, '');
      chain.push(at);
    }
    const addresses = await Promise.all([ask(resolver.resolve4(name)), ask(resolver.resolve6(name))]);
    const found = addresses.flat().sort();
    return { name, chain, addresses: found, failure: found.length + chain.length > 0 ? null : failure };
  };
