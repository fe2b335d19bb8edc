/** @file A summary for people: a table of 80 columns, CSV and Markdown. */
import type { LayerSummary, Summary } from './summary.ts';

const WIDTH = 80;
const GAP = '  ';

interface Column {
  readonly title: string;
  readonly numeric: boolean;
  readonly value: (layer: LayerSummary) => string;
}

const COLUMNS: readonly Column[] = [
  { title: 'layer', numeric: false, value: (layer) => layer.name },
  { title: 'operator', numeric: false, value: (layer) => layer.op },
  { title: 'output', numeric: false, value: (layer) => shapeText(layer.output) },
  { title: 'parameters', numeric: true, value: (layer) => thousands(layer.parameters) },
  { title: 'MACs', numeric: true, value: (layer) => thousands(layer.macs) },
  {
    title: 'sees',
    numeric: true,
    value: ({ receptiveField }) => (receptiveField.size ? receptiveField.size.join('x') : 'all'),
  },
];

/** A table with aligned columns; long layer names lose their middle where the table would be wider than 80 columns. */
export function summaryTable(summary: Summary): string {
  const rows = summary.layers.map((layer) => COLUMNS.map((column) => column.value(layer)));
  const widths = COLUMNS.map(({ title }, k) => Math.max(title.length, ...rows.map((row) => row[k]!.length)));
  const others = widths.slice(1).reduce((sum, width) => sum + GAP.length + width, 0);
  widths[0] = Math.min(widths[0]!, Math.max(12, WIDTH - others));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, k) => pad(shorten(cell, widths[k]!), widths[k]!, COLUMNS[k]!.numeric))
      .join(GAP)
      .trimEnd();
  const rule = '-'.repeat(Math.min(WIDTH, widths[0] + others));
  const inputs = Object.entries(summary.inputs).map(([name, shape]) => `${name} ${shapeText(shape)}`);
  return [
    `${summary.network}: ${inputs.join(', ')}`,
    '',
    line(COLUMNS.map(({ title }) => title)),
    rule,
    ...rows.map(line),
    rule,
    ...totalLines(summary),
    '',
  ].join('\n');
}

function totalLines({ totals, batch }: Summary): string[] {
  const { flops, memory } = totals;
  const frozen = totals.parameters - totals.trainable;
  const parameters = [
    thousands(totals.parameters),
    ...(frozen > 0 ? [`(${thousands(frozen)} frozen)`] : []),
    ...(totals.buffers > 0 ? [`and ${thousands(totals.buffers)} running statistics`] : []),
  ];
  return [
    ['parameters', parameters.join(' ')],
    ['MACs', `${thousands(totals.macs)} per image`],
    ['FLOPs', `${thousands(flops.forward)} forward, ${thousands(flops.backward)} backward per image,`],
    ['', `${thousands(flops.update)} per update`],
    ['memory', `${bytes(memory.peak)} to train with batches of ${batch}: parameters ${bytes(memory.parameters)},`],
    [
      '',
      `gradients ${bytes(memory.gradients)}, optimiser ${bytes(memory.optimizer)}, activations ${bytes(memory.activations)},`,
    ],
    // Gradients of groups of images before they are added up, batch statistics, and gaps between values.
    ['', `partial sums and the like ${bytes(otherBytes(memory))}`],
  ].map(([title, text]) => `${title!.padEnd(12)}${text}`);
}

function otherBytes(memory: Summary['totals']['memory']): number {
  return memory.peak - memory.parameters - memory.gradients - memory.optimizer - memory.activations;
}

const FIGURES: readonly [string, (layer: LayerSummary) => string][] = [
  ['name', (layer) => layer.name],
  ['op', (layer) => layer.op],
  ['inputs', (layer) => layer.inputs.map(shapeText).join(' ')],
  ['output', (layer) => shapeText(layer.output)],
  ['parameters', (layer) => String(layer.parameters)],
  ['macs', (layer) => String(layer.macs)],
  ['receptive_field', (layer) => layer.receptiveField.size?.join('x') ?? ''],
  ['stride', (layer) => layer.receptiveField.stride?.join('x') ?? ''],
  ['padding', (layer) => layer.receptiveField.padding?.join('x') ?? ''],
];

/** RFC 4180, one line a layer; shapes as `6x28x28`, sizes vertical then horizontal, empty where all is seen. */
export function summaryCsv(summary: Summary): string {
  const lines = summary.layers.map((layer) => FIGURES.map(([, value]) => csvCell(value(layer))).join(','));
  return `${[FIGURES.map(([title]) => title).join(','), ...lines].join('\r\n')}\r\n`;
}

function csvCell(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

export function summaryMarkdown(summary: Summary): string {
  const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const total: Partial<Record<string, string>> = {
    layer: '**total**',
    parameters: `**${thousands(summary.totals.parameters)}**`,
    MACs: `**${thousands(summary.totals.macs)}**`,
  };
  return `${[
    row(COLUMNS.map(({ title }) => title)),
    row(COLUMNS.map(({ numeric }) => (numeric ? '---:' : '---'))),
    ...summary.layers.map((layer) => row(COLUMNS.map((column) => column.value(layer)))),
    row(COLUMNS.map(({ title }) => total[title] ?? '')),
  ].join('\n')}\n`;
}

function shapeText(shape: readonly number[]): string {
  return shape.length > 0 ? shape.join('x') : 'scalar';
}

const WHOLE = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

export function thousands(count: number): string {
  return WHOLE.format(count);
}

/** Binary units, as the suffixes of the language: 1 KB is 1024 bytes. */
export function bytes(count: number): string {
  if (count < 1024) return `${count} B`;
  const units = ['KB', 'MB', 'GB', 'TB'];
  const power = Math.min(Math.floor(Math.log2(count) / 10), units.length);
  return `${(count / 1024 ** power).toFixed(1)} ${units[power - 1]}`;
}

/** Keeps the end, which tells layers of one block apart. */
export function shorten(text: string, width: number): string {
  if (text.length <= width) return text;
  const head = Math.floor((width - 2) / 3);
  return `${text.slice(0, head)}..${text.slice(text.length - (width - head - 2))}`;
}

function pad(text: string, width: number, right: boolean): string {
  return right ? text.padStart(width) : text.padEnd(width);
}
