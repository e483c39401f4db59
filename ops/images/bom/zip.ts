import { readFileSync } from 'node:fs';
import { inflateRawSync } from 'node:zlib';

const END = 0x06054b50;
const ENTRY = 0x02014b50;
const END_BYTES = 22;
const ENTRY_BYTES = 46;
const LOCAL_BYTES = 30;
/** Of 16 and 32 bits: the real number is in the records of zip64. */
const LARGE = [0xffff, 0xffffffff];

/** Files of a zip archive, such as a jar, that a name selects. Sizes above 4 GiB are not read. */
export function zipFiles(path: string, wanted: (name: string) => boolean): Map<string, Buffer> {
  const zip = readFileSync(path);
  const end = zip.lastIndexOf(Buffer.from([0x50, 0x4b, 0x05, 0x06]));
  if (end < 0 || zip.length < end + END_BYTES || zip.readUInt32LE(end) !== END)
    throw new Error(`${path} is no zip archive`);
  const count = zip.readUInt16LE(end + 10);
  let at = zip.readUInt32LE(end + 16);
  if (LARGE.includes(at)) throw new Error(`${path} is a zip64 archive`);
  const files = new Map<string, Buffer>();
  // More than 65,535 entries: the count wraps, and the directory ends where the next signature is another.
  for (let seen = 0; seen < count || count === 0xffff; seen++) {
    if (zip.readUInt32LE(at) !== ENTRY) break;
    const [name, extra, comment] = [zip.readUInt16LE(at + 28), zip.readUInt16LE(at + 30), zip.readUInt16LE(at + 32)];
    const file = zip.toString('utf8', at + ENTRY_BYTES, at + ENTRY_BYTES + name);
    if (wanted(file)) {
      const local = zip.readUInt32LE(at + 42);
      const start = local + LOCAL_BYTES + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
      const bytes = zip.subarray(start, start + zip.readUInt32LE(at + 20));
      files.set(file, zip.readUInt16LE(at + 10) === 0 ? bytes : inflateRawSync(bytes));
    }
    at += ENTRY_BYTES + name + extra + comment;
  }
  return files;
}
