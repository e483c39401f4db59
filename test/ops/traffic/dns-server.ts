// The smallest DNS server that a resolver takes answers from: CNAME and A records, on a loopback UDP port (RFC 1035, section 4).
import { createSocket } from 'node:dgram';
import { onTestFinished } from 'vitest';

/** Records by name: an address, or another name. */
export type Zone = Readonly<Record<string, string>>;

const A = 1;
const CNAME = 5;
const NOT_THERE = 3;

const isAddress = (text: string) => /^[0-9.]+$/.test(text);
const encodeName = (name: string) =>
  Buffer.concat([
    ...name.split('.').map((label) => Buffer.from([label.length, ...Buffer.from(label)])),
    Buffer.from([0]),
  ]);

function encodeRecord(name: string, value: string): Buffer {
  const data = isAddress(value) ? Buffer.from(value.split('.').map(Number)) : encodeName(value);
  const head = Buffer.alloc(10);
  head.writeUInt16BE(isAddress(value) ? A : CNAME, 0);
  head.writeUInt16BE(1, 2);
  head.writeUInt32BE(30, 4);
  head.writeUInt16BE(data.length, 8);
  return Buffer.concat([encodeName(name), head, data]);
}

/** As a resolver answers: the chain from the name on, with the address at its end; of a CNAME question the first step only. */
function answers(zone: Zone, name: string, type: number): Buffer[] {
  const found: Buffer[] = [];
  let at = name;
  for (let to = zone[at]; to !== undefined && found.length < 10; to = zone[at]) {
    if (type === CNAME && (found.length > 0 || isAddress(to))) break;
    found.push(encodeRecord(at, to));
    at = to;
  }
  return type === A || type === CNAME ? found : [];
}

/** @param zone asked at every question. @returns address and port, for `--resolver`. */
export async function dnsServer(zone: () => Zone): Promise<string> {
  const socket = createSocket('udp4');
  socket.on('message', (question, { port, address }) => {
    const labels: string[] = [];
    let at = 12;
    for (let length = question[at] ?? 0; length > 0; length = question[at] ?? 0) {
      labels.push(question.toString('latin1', at + 1, at + 1 + length));
      at += 1 + length;
    }
    const name = labels.join('.').toLowerCase();
    const records = zone();
    const found = answers(records, name, question.readUInt16BE(at + 1));
    const head = Buffer.alloc(12);
    head.writeUInt16BE(question.readUInt16BE(0), 0);
    head.writeUInt16BE(0x8180 | (records[name] === undefined ? NOT_THERE : 0), 2);
    head.writeUInt16BE(1, 4);
    head.writeUInt16BE(found.length, 6);
    socket.send(Buffer.concat([head, question.subarray(12, at + 5), ...found]), port, address);
  });
  await new Promise<void>((bound) => socket.bind(0, '127.0.0.1', bound));
  onTestFinished(() => void socket.close());
  return `127.0.0.1:${socket.address().port}`;
}
