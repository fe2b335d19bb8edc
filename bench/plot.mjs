/**
 * @file Speeds of the `step` benchmarks as a picture: a panel for each network, a row for each contender, a bar for each
 * Node. The axis is logarithmic, since contenders differ by factors of thousands; every bar has its number.
 */
import { isOwn } from './harness.mjs';
import { figure } from './table.mjs';

const width = 760;
const left = 112;
const right = 84;
const bar = 9;
const gap = 7;
/** This project's, and the others', by Node in order; what runs on no Node is the darkest of the others. */
const colours = { own: ['#93b7e3', '#2b66b1'], other: ['#d3d3d3', '#a2a2a2'], native: '#6e6e6e' };

const escaped = (text) => String(text).replace(/[&<>]/g, (character) => `&#${character.charCodeAt(0)};`);

function text(x, y, content, attributes = '') {
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" ${attributes}>${escaped(content)}</text>`;
}

/** Powers of ten around all speeds, and where a speed lies between them. */
export function logarithmicAxis(speeds) {
  // Half of the slowest: every bar can be seen.
  const from = Math.floor(Math.log10(Math.min(...speeds) / 2));
  const to = Math.max(from + 1, Math.ceil(Math.log10(Math.max(...speeds))));
  const ticks = Array.from({ length: to - from + 1 }, (_, k) => 10 ** (from + k));
  const place = (speed) => left + ((width - left - right) * (Math.log10(speed) - from)) / (to - from);
  return { ticks, place };
}

/** `[{ label, bars: [row], reason }]`: entries of one label side by side, those that sit out everywhere last. */
export function rowsOf({ rows, skipped }) {
  const labels = [...new Set(rows.map(({ label }) => label))];
  const absent = [...new Map(skipped.filter(({ label }) => !labels.includes(label)).map((each) => [each.label, each]))];
  return [
    ...labels.map((label) => ({ label, bars: rows.filter((row) => row.label === label) })),
    ...absent.map(([label, { reason }]) => ({ label, bars: [], reason })),
  ];
}

function colourOf(row, nodes) {
  if (!row.node) return colours.native;
  const shades = isOwn(row) ? colours.own : colours.other;
  // One Node alone has the strong colour.
  const index = nodes.length === 1 ? 1 : nodes.findIndex(({ path }) => path === row.node.path);
  return shades[Math.min(index, shades.length - 1)];
}

function drawBar(row, y, { place }, nodes) {
  const end = place(row.imagesPerSecond.median);
  const note = row.node && nodes.length > 1 ? `  ${row.node.label}` : '';
  return [
    `<rect x="${left}" y="${y}" width="${(end - left).toFixed(1)}" height="${bar}" fill="${colourOf(row, nodes)}"/>`,
    text(end + 4, y + bar - 1, `${figure(row.imagesPerSecond.median)}${note}`, 'class="value"'),
  ];
}

const heightOf = ({ bars }) => Math.max(1, bars.length) * (bar + 1) + gap;

function drawRow(row, y, axis, nodes) {
  const middle = y + (heightOf(row) - gap) / 2 + 3.5;
  const reason = row.reason && text(left + 4, middle, clipped(`sits out: ${row.reason}`), 'class="reason"');
  return [
    text(left - 6, middle, row.label, 'text-anchor="end"'),
    ...row.bars.flatMap((each, k) => drawBar(each, y + k * (bar + 1), axis, nodes)),
    ...(reason ? [reason] : []),
  ];
}

const clipped = (sentence) => (sentence.length > 96 ? `${sentence.slice(0, 95)}…` : sentence);

function drawPanel(result, top, axis) {
  const parts = [
    text(0, top + 12, result.network, 'class="title"'),
    text(left, top + 12, result.about, 'class="reason"'),
  ];
  let y = top + 22;
  const rows = rowsOf(result);
  const bottom = y + rows.reduce((sum, row) => sum + heightOf(row), 0) - gap + 2;
  for (const tick of axis.ticks) {
    const x = axis.place(tick).toFixed(1);
    parts.push(`<line x1="${x}" x2="${x}" y1="${y - 3}" y2="${bottom}" stroke="#e4e4e4"/>`);
  }
  for (const row of rows) {
    parts.push(...drawRow(row, y, axis, result.nodes));
    y += heightOf(row);
  }
  return { parts, bottom: bottom + 18 };
}

/** An SVG of results of `step`, in order. */
export function plotSteps(results) {
  const axis = logarithmicAxis(results.flatMap(({ rows }) => rows.map((row) => row.imagesPerSecond.median)));
  const { batch, repetitions } = results[0];
  const heading = `Images per second of a training step (SGD with momentum, batch ${batch}, medians of ${repetitions}; logarithmic). @2: two threads`;
  const parts = [text(0, 13, heading, 'class="title"')];
  let top = 26;
  for (const result of results) {
    const panel = drawPanel(result, top, axis);
    parts.push(...panel.parts);
    top = panel.bottom;
  }
  for (const tick of axis.ticks)
    parts.push(text(axis.place(tick), top - 6, tick.toLocaleString('en'), 'text-anchor="middle" class="value"'));
  const style = 'text{font:11px sans-serif;fill:#222}.title{font-weight:bold}.value,.reason{font-size:10px;fill:#555}';
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="-12 -12 ${width + 24} ${Math.ceil(top + 24)}" width="${width + 24}">
<title>${escaped(heading)}</title>
<style>${style}</style>
<rect x="-12" y="-12" width="100%" height="100%" fill="#fff"/>
${parts.join('\n')}
</svg>
`;
}
