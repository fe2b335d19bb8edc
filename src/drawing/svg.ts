/** @file A laid-out picture as SVG. Colours are variables of the style, for light and dark surroundings. */
import { isBlock, type Picture } from './boxes.ts';
import { headerOf, type Layout, layOut, METRICS, type PlacedBox, type PlacedFlow } from './layout.ts';

interface Colours {
  readonly paper: string;
  readonly ink: string;
  readonly faint: string;
  readonly line: string;
  readonly box: string;
  readonly block: string;
  readonly weights: string;
  readonly weightsLine: string;
  readonly ends: string;
  readonly endsLine: string;
  readonly loss: string;
  readonly lossLine: string;
}

export const LIGHT: Colours = {
  paper: '#ffffff',
  ink: '#1d2530',
  faint: '#56616d',
  line: '#8793a0',
  box: '#ffffff',
  block: '#5b7a9d14',
  weights: '#dcebfa',
  weightsLine: '#4d86bd',
  ends: '#e6f3e4',
  endsLine: '#5d9a57',
  loss: '#fbe6e1',
  lossLine: '#c0624d',
};

export const DARK: Colours = {
  paper: '#14181d',
  ink: '#e3e8ee',
  faint: '#9fabb7',
  line: '#6b7885',
  box: '#1d232a',
  block: '#9fc3ea12',
  weights: '#1f3a55',
  weightsLine: '#5f9bd6',
  ends: '#20371f',
  endsLine: '#6aa763',
  loss: '#472620',
  lossLine: '#d17e69',
};

/** Written out, for readers of SVG that know no variables. */
export function pictureStyle(colours: Colours): string {
  const { paper, ink, faint, line, box, block, weights, weightsLine, ends, endsLine, loss, lossLine } = colours;
  return `.picture { font: 12px "DejaVu Sans Mono", ui-monospace, Menlo, Consolas, monospace; background: ${paper}; }
.picture .paper { fill: ${paper}; }
.picture text { fill: ${ink}; }
.picture .faint { fill: ${faint}; }
.picture .name { font-weight: 600; }
.picture .leaf rect { fill: ${box}; stroke: ${line}; }
.picture .block rect { fill: ${block}; stroke: ${line}; }
.picture .closed rect { fill: ${box}; }
.picture .weights rect { fill: ${weights}; stroke: ${weightsLine}; }
.picture .end rect { fill: ${ends}; stroke: ${endsLine}; }
.picture .loss rect { fill: ${loss}; stroke: ${lossLine}; }
.picture .flow { fill: none; stroke: ${line}; stroke-width: 1.4px; }
.picture .arrow { fill: ${line}; }`;
}

export type ColourScheme = 'light' | 'dark';

/** A file of its own; it follows the colours that its reader prefers, unless they are given. */
export function svgFile(picture: Picture, scheme?: ColourScheme): string {
  const layout = layOut(picture);
  const both = `${pictureStyle(LIGHT)}\n@media (prefers-color-scheme: dark) {\n${pictureStyle(DARK)}\n}`;
  const style = scheme ? pictureStyle({ light: LIGHT, dark: DARK }[scheme]) : both;
  const [width, height] = [Math.ceil(layout.width), Math.ceil(layout.height)];
  const size = `width="${width}" height="${height}" viewBox="0 0 ${width} ${height}"`;
  return `<svg xmlns="http://www.w3.org/2000/svg" class="picture" role="img" aria-label="${escaped(picture.name)}" ${size}>
<style>
${style}
</style>
<rect class="paper" width="${width}" height="${height}"/>
${svgContent(layout)}
</svg>
`;
}

/** What stands in the `svg` element, without its style. */
export function svgContent({ boxes, flows }: Layout): string {
  const edges = new Map(boxes.map((placed) => [placed.box.id, placed]));
  return [
    '<defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">' +
      '<path class="arrow" d="M0 0.5 L8 4 L0 7.5 z"/></marker></defs>',
    ...boxes.filter(({ box }) => isBlock(box)).map(blockBox),
    ...flows.map((flow) => flowLine(flow, edges)),
    ...boxes.filter(({ box }) => isBlock(box)).map(blockName),
    ...boxes.filter(({ box }) => !isBlock(box)).map(leafBox),
  ].join('\n');
}

function blockBox({ box, x, y, width, height }: PlacedBox): string {
  const shape = rectangle(x, y, width, height, 8);
  return `<g class="block" data-box="${escaped(box.id)}"><title>${escaped(box.title)}</title>${shape}</g>`;
}

/** Lines come in beside it. */
function blockName({ box, x, y }: PlacedBox): string {
  const name = text(x + METRICS.padding, y + 15, headerOf(box), 'faint header');
  return `<g data-toggle="${escaped(box.id)}">${name}</g>`;
}

const CLASSES = { input: 'end', target: 'end', output: 'end', loss: 'loss', layer: 'layer', block: 'closed block' };

function leafBox({ box, x, y, width, height }: PlacedBox): string {
  const { letter, line, padding } = METRICS;
  const { count = 1, kind, label } = box;
  const isEnd = kind !== 'layer' && kind !== 'block';
  const hasWeights = kind === 'layer' && box.parameters !== undefined;
  const middle = x + width / 2;
  const lines = label.map((content, k) =>
    text(middle, y + padding / 2 + line * k + 12, content, k === 0 ? 'name' : 'faint', 'middle'),
  );
  const times = count > 1 ? text(x + width - padding, y + 14, `× ${count}`, 'faint', 'end') : '';
  // Behind the box lies what it stands for.
  const behind = count > 1 ? rectangle(x + 4, y + 4, width, height, 6) : '';
  const round = isEnd ? Math.min(height / 2, 2 * letter) : 5;
  const classes = ['leaf', CLASSES[kind], ...(hasWeights ? ['weights'] : [])].join(' ');
  const drawn = [behind, rectangle(x, y, width, height, round), ...lines, times].join('');
  return `<g class="${classes}" data-box="${escaped(box.id)}"><title>${escaped(box.title)}</title>${drawn}</g>`;
}

/** Lines that end at the upper edge of an open block have no arrow: they go on within. */
function flowLine({ points, to, from }: PlacedFlow, boxes: ReadonlyMap<string, PlacedBox>): string {
  const end = boxes.get(to);
  const goesOn = !end || isBlock(end.box);
  const [first, ...rest] = points;
  let path = `M${at(first!)}`;
  let before = first!;
  for (const point of rest) {
    const middle = (before.y + point.y) / 2;
    path += ` C${at({ x: before.x, y: middle })} ${at({ x: point.x, y: middle })} ${at(point)}`;
    before = point;
  }
  const arrow = goesOn ? '' : ' marker-end="url(#arrow)"';
  return `<path class="flow" d="${path}"${arrow} data-from="${escaped(from)}"/>`;
}

function at({ x, y }: { readonly x: number; readonly y: number }): string {
  return `${rounded(x)} ${rounded(y)}`;
}

function rectangle(x: number, y: number, width: number, height: number, round: number): string {
  return `<rect x="${rounded(x)}" y="${rounded(y)}" width="${rounded(width)}" height="${rounded(height)}" rx="${round}"/>`;
}

function text(x: number, y: number, content: string, classes: string, anchor = 'start'): string {
  return `<text x="${rounded(x)}" y="${rounded(y)}" class="${classes}" text-anchor="${anchor}">${escaped(content)}</text>`;
}

function rounded(value: number): number {
  return Math.round(value * 10) / 10;
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

export function escaped(content: string): string {
  return content.replace(/[&<>"]/g, (letter) => ENTITIES[letter]!);
}
