import { z } from 'zod';
import { CLOUDS } from '../../config/index.ts';

/** What a price is for. The unit of each is in `UNITS`. */
export const ITEMS = [
  'cluster',
  'node:2x8',
  'node:4x16',
  'node:8x32',
  'node:16x64',
  'disk-gib',
  'nat-gateway',
  'public-address',
  'firewall',
  'private-endpoint',
  'key',
  'secret',
  'registry',
] as const;
export type Item = (typeof ITEMS)[number];

/** Prices are an hour of one, or a month of one. */
export const UNITS: Readonly<Record<Item, 'hour' | 'month'>> = {
  cluster: 'hour',
  'node:2x8': 'hour',
  'node:4x16': 'hour',
  'node:8x32': 'hour',
  'node:16x64': 'hour',
  'disk-gib': 'month',
  'nat-gateway': 'hour',
  'public-address': 'hour',
  firewall: 'hour',
  'private-endpoint': 'hour',
  key: 'month',
  secret: 'month',
  registry: 'month',
};

/** One price in US dollars. */
const priceSchema = z.strictObject({
  cloud: z.enum(CLOUDS),
  /** Cloud region, or `*` where the cloud asks the same everywhere. */
  region: z.string().min(1),
  item: z.enum(ITEMS),
  usd: z.number().positive(),
  /** Month in which the price was listed, as 2025-06. */
  asOf: z.string().regex(/^20\d\d-(0[1-9]|1[0-2])$/, { error: 'a month such as 2025-06' }),
  /** Whose list, and what it calls the thing. */
  source: z.string().min(1),
});
export type Price = z.infer<typeof priceSchema>;

/** A file of prices: rows that win over the shipped ones. */
export const priceFileSchema = z.strictObject({ prices: z.array(priceSchema).min(1) });

/** The price of an item in a cloud region; the region's own before the one for everywhere, later rows before earlier. */
export const priceOf = (prices: readonly Price[], cloud: string, region: string, item: Item): Price | undefined => {
  const of = (where: string) =>
    prices.filter((one) => one.cloud === cloud && one.item === item && one.region === where).at(-1);
  return of(region) ?? of('*');
};
