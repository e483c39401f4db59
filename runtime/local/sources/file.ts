import { createReadStream } from 'node:fs';
import { HeadraceError } from '../../api/errors.ts';
import { shorten } from '../../engine/index.ts';
import type { Position, Source, SourceRecord } from '../source.ts';

export interface FileSourceOptions {
  readonly path: string;
  /** Name in messages. Default: the path. */
  readonly name?: string;
  readonly format: 'jsonl' | 'tsv';
  /** Names of a tsv file's columns, in order. */
  readonly columns?: readonly string[];
  /** Further fields: the first group of a regular expression over another field. */
  readonly derive?: Readonly<Record<string, { readonly from: string; readonly pattern: string }>>;
  /** A longer line is an error. Default: 1 MiB. */
  readonly maxLineBytes?: number;
}

const CHUNK_BYTES = 256 * 1024;
const NEWLINE = 0x0a;

/** A file of JSON objects or tab-separated columns, one record a line; empty lines are passed over. */
export function fileSource(options: FileSourceOptions): Source {
  const name = options.name ?? options.path;
  const parse = lineParser(options, name);
  const read = (from: Position, signal?: AbortSignal) => readLines(options, name, parse, from, signal);
  return {
    name,
    async check() {
      for await (const _ of read({ record: 0, offset: 0 }));
    },
    open: read,
  };
}

type LineParser = (line: string, number: number) => unknown;

async function* readLines(
  { path, maxLineBytes = 1 << 20 }: FileSourceOptions,
  name: string,
  parse: LineParser,
  from: Position,
  signal?: AbortSignal,
): AsyncGenerator<readonly SourceRecord[]> {
  let rest: Buffer = Buffer.alloc(0);
  let { record, offset } = from;
  const take = (line: Buffer, batch: SourceRecord[]) => {
    record += 1;
    offset += line.byteLength + 1;
    if (line.byteLength > maxLineBytes)
      throw broken(
        name,
        record,
        `the line has ${line.byteLength} bytes; the limit is ${maxLineBytes}`,
        line.toString('utf8', 0, 80),
      );
    const text = line.toString('utf8').replace(/\r$/, '');
    if (text !== '') batch.push({ value: parse(text, record), record, offset });
  };
  try {
    for await (const chunk of createReadStream(path, {
      start: offset,
      highWaterMark: CHUNK_BYTES,
    }) as AsyncIterable<Buffer>) {
      if (signal?.aborted) return;
      const data: Buffer = rest.byteLength ? Buffer.concat([rest, chunk]) : chunk;
      const batch: SourceRecord[] = [];
      let start = 0;
      for (let end = data.indexOf(NEWLINE, start); end >= 0; end = data.indexOf(NEWLINE, start)) {
        take(data.subarray(start, end), batch);
        start = end + 1;
      }
      rest = data.subarray(start);
      if (rest.byteLength > maxLineBytes) take(rest, batch);
      if (batch.length) yield batch;
    }
  } catch (error) {
    if (error instanceof HeadraceError) throw error;
    throw new HeadraceError(
      'HR-SOURCE-002',
      name,
      (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'there is no such file' : (error as Error).message,
      { cause: error, mend: 'correct source.file.path in the deployment file; it is relative to that file' },
    );
  }
  if (rest.byteLength && !signal?.aborted) {
    const batch: SourceRecord[] = [];
    take(rest, batch);
    if (batch.length) yield batch;
  }
}

const broken = (name: string, line: number, message: string, received: string) =>
  new HeadraceError('HR-SOURCE-001', `${name}:${line}`, message, {
    received: shorten(received),
    mend: 'correct the line; nothing was written',
  });

function lineParser({ format, columns = [], derive = {} }: FileSourceOptions, name: string): LineParser {
  const derived = Object.entries(derive).map(([field, { from, pattern }]) => ({
    field,
    from,
    pattern: new RegExp(pattern),
  }));
  const complete = (value: Record<string, unknown>, line: string, number: number) => {
    for (const { field, from, pattern } of derived) {
      const found = pattern.exec(String(value[from] ?? ''))?.[1];
      if (found === undefined)
        throw broken(name, number, `${from} does not match ${pattern}, from which ${field} is derived`, line);
      value[field] = found;
    }
    return value;
  };
  if (format === 'tsv') {
    return (line, number) => {
      const cells = line.split('\t');
      if (cells.length !== columns.length) {
        throw broken(
          name,
          number,
          `the line has ${cells.length} column${cells.length === 1 ? '' : 's'} instead of ${columns.length} (${columns.join(', ')})`,
          line,
        );
      }
      const value: Record<string, unknown> = {};
      for (const [i, column] of columns.entries()) value[column] = cells[i];
      return complete(value, line, number);
    };
  }
  return (line, number) => {
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch (error) {
      throw broken(name, number, `not JSON: ${(error as Error).message}`, line);
    }
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw broken(name, number, 'the line is no JSON object', line);
    return derived.length ? complete(value as Record<string, unknown>, line, number) : value;
  };
}
