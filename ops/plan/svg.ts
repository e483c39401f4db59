/** A rectangle in pixels. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}
type Point = readonly [x: number, y: number];

const STYLE = `
text{font:13px system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;fill:#16202c}
.title{font-size:24px;font-weight:650}.heading{font-size:18px;font-weight:650}.strong{font-weight:600}
.soft{fill:#5b6876}.small{font-size:11.5px;fill:#5b6876}.end{text-anchor:end}.middle{text-anchor:middle}
.paper{fill:#f6f7f9}.card{fill:#fff;stroke:#c4ccd5;stroke-width:1.5}
.card.aws{stroke:#c77700}.card.azure{stroke:#2f6fde}.card.gcp{stroke:#0b7a4b}
.network{fill:#f6f7f9;stroke:#c4ccd5;stroke-dasharray:4 3}.cluster{fill:#fff;stroke:#dde2e8}.pool{fill:#eef2f7}
.store{fill:#e3f5ec;stroke:#0d9373}.dns{fill:#fff;stroke:#8a5cd6;stroke-width:1.5}
.chip{fill:#eef2f7}.chip.active{fill:#2f6fde}.chip.standby{fill:#dfe5ec}.chip.lease{fill:#c77700}
.on-active,.on-lease{fill:#fff;font-weight:600}.on-standby{fill:#16202c}
.copy{stroke:#0d9373;stroke-width:2;fill:none}.name{stroke:#8a5cd6;stroke-width:1.5;stroke-dasharray:6 4;fill:none}
.name.waits{opacity:.45}`;

/** Text as XML takes it. */
const xml = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

export const rect = ({ x, y, width, height }: Box, kind: string) =>
  `<rect class="${kind}" x="${x}" y="${y}" width="${width}" height="${height}" rx="8"/>`;

export const label = (x: number, y: number, text: string, kind = '') =>
  `<text class="${kind}" x="${x}" y="${y}">${xml(text)}</text>`;

/** A word on a coloured ground that ends at `x`. */
export function chip(x: number, y: number, text: string, kind: string): string[] {
  const width = text.length * 8 + 18;
  return [
    `<rect class="chip ${kind}" x="${x - width}" y="${y}" width="${width}" height="22" rx="11"/>`,
    `<text class="on-${kind} middle" x="${x - width / 2}" y="${y + 15.5}">${xml(text)}</text>`,
  ];
}

export const line = ([x1, y1]: Point, [x2, y2]: Point, kind: string) =>
  `<path class="${kind}" d="M${x1} ${y1}L${x2} ${y2}"/>`;

/** A line with a head at its second point. */
export const arrow = ([x1, y1]: Point, [x2, y2]: Point, kind: string) =>
  `<path class="${kind}" marker-end="url(#${kind.startsWith('copy') ? 'head-copy' : 'head-name'})" d="M${x1} ${y1}L${x2} ${y2}"/>`;

const marker = (id: string, colour: string) =>
  `<marker id="${id}" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="8" markerHeight="8" orient="auto" markerUnits="userSpaceOnUse"><path d="M0 0L10 5L0 10z" fill="${colour}"/></marker>`;

/** A whole picture that needs nothing from elsewhere. */
export const page = (width: number, height: number, title: string, body: string) =>
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${xml(title)}">
<title>${xml(title)}</title>
<style>${STYLE}</style>
<defs>${marker('head-copy', '#0d9373')}${marker('head-name', '#8a5cd6')}</defs>
<rect class="paper" width="${width}" height="${height}"/>
${body}
</svg>
`;
