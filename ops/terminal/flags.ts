import { parseDuration } from '../../config/index.ts';
import { CommandError } from '../errors.ts';

/** Values of flags, read once. @throws CommandError HR-CLI-006 for what is no value of the flag. */
export function address(flag: string, text: string): { readonly host: string; readonly port: number } {
  const match = /^\[?([^\s\]]+?)\]?:(\d{1,5})$/.exec(text);
  if (match?.[1] !== undefined && Number(match[2]) <= 65_535) return { host: match[1], port: Number(match[2]) };
  throw badFlag(flag, text, 'write host:port; port 0 takes a free one');
}

export function wholeNumber(flag: string, text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1) return value;
  throw badFlag(flag, text, 'write a whole number from 1 on');
}

/** Milliseconds. */
export function duration(flag: string, text: string): number {
  const value = parseDuration(text);
  if (value !== undefined) return value;
  throw badFlag(flag, text, 'write a duration such as 25s');
}

const UNITS = { '': 1, KB: 1e3, MB: 1e6, GB: 1e9, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 } as const;

export function byteCount(flag: string, text: string): number {
  const match = /^(\d+(?:\.\d+)?) ?(KB|MB|GB|KiB|MiB|GiB|)$/.exec(text);
  const value = match ? Number(match[1]) * UNITS[match[2] as keyof typeof UNITS] : 0;
  if (value >= 1) return value;
  throw badFlag(flag, text, 'write a number of bytes such as 50MB');
}

export const badFlag = (flag: string, text: string, mend: string) =>
  new CommandError('HR-CLI-006', flag, `"${text}" is no value of it`, { mend });
