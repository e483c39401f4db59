import { stripVTControlCharacters, styleText } from 'node:util';

const width = (text: string) => stripVTControlCharacters(text).length;

/** Rows under a header, columns as wide as their widest cell, two spaces apart. Numbers align right when every cell is one. */
export function table(header: readonly string[], rows: readonly (readonly string[])[], indent = '  '): string {
  const numeric = header.map(
    (_, i) =>
      rows.length > 0 && rows.every((row) => /^[\d.,]+( ?[%a-zA-Z/]+)?$/.test(stripVTControlCharacters(row[i] ?? ''))),
  );
  const widths = header.map((cell, i) => Math.max(width(cell), ...rows.map((row) => width(row[i] ?? ''))));
  const line = (cells: readonly string[], style: (text: string) => string = (text) => text) =>
    indent +
    cells
      .map((cell, i) => {
        const space = ' '.repeat((widths[i] ?? 0) - width(cell));
        return numeric[i] ? space + style(cell) : style(cell) + space;
      })
      .join('  ')
      .trimEnd();
  return [line(header, (text) => styleText('dim', text)), ...rows.map((row) => line(row))].join('\n');
}
