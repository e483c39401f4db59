/** An IPv4 block. `first` and `last` are addresses as unsigned 32-bit numbers, inclusive. */
export interface Cidr {
  readonly text: string;
  readonly prefix: number;
  readonly first: number;
  readonly last: number;
}

/** Parses `a.b.c.d/n`; host bits are cleared in the result's `text`. Returns undefined when it is not such a block. */
export function parseCidr(text: string): Cidr | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(text);
  if (!match) return undefined;
  const [a, b, c, d, prefix] = match.slice(1).map(Number) as [number, number, number, number, number];
  if ([a, b, c, d].some((octet) => octet > 255) || prefix > 32) return undefined;
  return block(a * 2 ** 24 + b * 2 ** 16 + c * 2 ** 8 + d, prefix);
}

/** The block of the given prefix length that contains an address. */
function block(address: number, prefix: number): Cidr {
  const size = 2 ** (32 - prefix);
  const first = Math.floor(address / size) * size;
  return { text: `${dotted(first)}/${prefix}`, prefix, first, last: first + size - 1 };
}

const dotted = (address: number) => [24, 16, 8, 0].map((bits) => Math.floor(address / 2 ** bits) % 256).join('.');

export const overlaps = (a: Cidr, b: Cidr) => a.first <= b.last && b.first <= a.last;

/**
 * The `index`-th sub-block of `newPrefix` bits, counted from 0 as Terraform's `cidrsubnet` does.
 * @throws RangeError when the block has no such sub-block.
 */
export function subnet(parent: string, newPrefix: number, index: number): string {
  const whole = parseCidr(parent);
  if (!whole) throw new RangeError(`"${parent}" is not an IPv4 block`);
  const size = 2 ** (32 - newPrefix);
  const first = whole.first + index * size;
  if (newPrefix < whole.prefix || index < 0 || first + size - 1 > whole.last) {
    throw new RangeError(`${parent} has no sub-block ${index} of /${newPrefix}`);
  }
  return block(first, newPrefix).text;
}
