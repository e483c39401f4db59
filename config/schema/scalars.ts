import { z } from 'zod';

const DURATION = /^(\d+)(ms|s|m|h|d)$/;
const DURATION_FORM = 'a duration: a whole number and ms, s, m, h or d, such as 10s';
const UNIT_MS: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Milliseconds of a duration as the deployment file writes it (`250ms`, `10s`, `6h`); undefined when it is not one. */
export function parseDuration(text: string): number | undefined {
  const match = DURATION.exec(text);
  return match ? Number(match[1]) * (UNIT_MS[match[2] as string] as number) : undefined;
}

/** The shortest exact spelling of a duration in milliseconds, in the deployment file's own notation. */
export function formatDuration(ms: number): string {
  for (const [unit, factor] of [
    ['d', 86_400_000],
    ['h', 3_600_000],
    ['m', 60_000],
    ['s', 1_000],
  ] as const) {
    if (ms >= factor && ms % factor === 0) return `${ms / factor}${unit}`;
  }
  return `${ms}ms`;
}

const QUANTITY = /^(\d+)(Ki|Mi|Gi|Ti)?$/;
const QUANTITY_FORM = 'a memory quantity such as 512Mi or 4Gi';
const UNIT_BYTES: Record<string, number> = { Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40 };

/** Bytes of a Kubernetes quantity (`512Mi`, `4Gi`); undefined when it is not one. */
export function parseBytes(text: string): number | undefined {
  const match = QUANTITY.exec(text);
  return match ? Number(match[1]) * (match[2] ? (UNIT_BYTES[match[2]] as number) : 1) : undefined;
}

/** A duration: written `10s`, parsed to milliseconds. @param min and max are milliseconds, inclusive. */
export const duration = (min = 1, max = 10 * 365 * 86_400_000) =>
  z
    .string({ error: DURATION_FORM })
    .regex(DURATION, { error: DURATION_FORM })
    .refine((text) => (parseDuration(text) ?? min) >= min && (parseDuration(text) ?? max) <= max, {
      error: `a duration from ${formatDuration(min)} to ${formatDuration(max)}`,
    })
    .transform((text) => parseDuration(text) ?? 0);

/** A Kubernetes memory quantity: written `4Gi`, parsed to bytes. */
export const bytes = () =>
  z
    .string({ error: QUANTITY_FORM })
    .regex(QUANTITY, { error: QUANTITY_FORM })
    .transform((text) => parseBytes(text) ?? 0);

const NAME = /^[a-z]([a-z0-9-]*[a-z0-9])?$/;

/**
 * A name that ends up in names of Kubernetes objects and cloud resources: a DNS label.
 * @param max the length the tightest consumer leaves (a storage account has 24 characters in all).
 */
export const dnsLabel = (max: number) =>
  z
    .string()
    .regex(NAME, {
      error: 'lower-case letters, digits and dashes, starting with a letter and not ending with a dash',
    })
    .max(max, { error: `at most ${max} characters` });

const FQDN = /^(\*\.)?([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/;

/** A host name without scheme, port or path; a leading `*.` covers its direct sub-domains. */
export const fqdn = () =>
  z.string().superRefine((text, ctx) => {
    if (FQDN.test(text)) return;
    const bare = bareHost(text);
    ctx.addIssue({
      code: 'custom',
      message: 'a host name alone, without scheme, port or path',
      params: bare && bare !== text ? { suggestion: bare } : {},
    });
  });

/** What remains of a URL, host:port or host/path when only the host is kept; undefined when that is no host name. */
export function bareHost(text: string): string | undefined {
  const host = text
    .trim()
    .toLowerCase()
    .replace(/^[a-z][a-z0-9+.-]*:\/\//, '')
    .replace(/^[^@/]*@/, '')
    .replace(/[:/?#].*$/, '')
    .replace(/\.$/, '');
  return FQDN.test(host) ? host : undefined;
}

/** A reference to an entry of `secrets`: the name only, never a value. */
export const secretName = () =>
  z.string().regex(/^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/, {
    error: 'a secret name: lower-case letters, digits and dashes, at most 63 characters',
  });
