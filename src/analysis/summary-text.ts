/** @file A summary for people and for spreadsheets: a table, CSV and Markdown. */

import { shorten, table } from '../common/table.ts';
import { bytes, shapeText, thousands } from './figure-texts.ts';
import type { MemoryUse, PredictionMemory } from './memory.ts';
import type { LayerSummary, Summary } from './summary.ts';
import { COLUMNS, type Column, findColumn, USUAL_COLUMNS } from './summary-columns.ts';
import { durationText } from './time-estimate.ts';

/** Names are not cut to less than this. */
const SHORTEST_NAME = 12;

export interface TextOptions {
  /** Names of columns; the usual ones if absent, of CSV all. */
  readonly columns?: readonly string[];
  /** Of the terminal. Without it nothing is cut. */
  readonly width?: number;
  /** Further columns of a table. */
  readonly extra?: readonly Column[];
  /** Lines below the layers of a table. */
  readonly note?: readonly string[];
}

function chosen(names: readonly string[]): Column[] {
  return names.flatMap((name) => findColumn(name) ?? []);
}

/** A table with aligned columns; long layer names lose their middle where the table would be wider than the terminal. */
export function summaryTable(
  summary: Summary,
  { columns, width = Number.POSITIVE_INFINITY, extra = [], note = [] }: TextOptions = {},
): string {
  const shown = [...chosen(columns ?? USUAL_COLUMNS), ...extra];
  const rows = summary.layers.map((layer) => shown.map((column) => column.text(layer)));
  const heads = shown.map(({ name, title, numeric }) => {
    return { title, right: numeric, ...(name === 'name' && { shrinksTo: SHORTEST_NAME }) };
  });
  const [head, rule, ...lines] = table(heads, rows, { width, rule: true });
  const inputs = Object.entries(summary.inputs).map(([name, shape]) => `${name} ${shapeText(shape)}`);
  return [
    `${summary.network}: ${inputs.join(', ')}`,
    '',
    head,
    rule,
    ...lines,
    ...note,
    rule,
    ...totalLines(summary),
    '',
  ].join('\n');
}

/** What figures of the whole network there are, each under its title. */
function totalsOf({
  totals,
  batch,
  block,
  idleLanes,
  time,
}: Summary): readonly (readonly [title: string, ...lines: string[]])[] {
  const { flops, memory, prediction } = totals;
  const frozen = totals.parameters - totals.trainable;
  const parameters = [
    thousands(totals.parameters),
    ...(frozen > 0 ? [`(${thousands(frozen)} frozen)`] : []),
    ...(totals.buffers > 0 ? [`and ${thousands(totals.buffers)} running statistics`] : []),
  ];
  const groups = batch === 1 ? 'one image' : `batches of ${batch}`;
  return [
    ['parameters', parameters.join(' ')],
    ['MACs', `${thousands(totals.macs)} per image`],
    [
      'FLOPs',
      `${thousands(flops.forward)} forward, ${thousands(flops.backward)} backward per image,`,
      `${thousands(flops.update)} per update; every operation counts, a multiply-add is two`,
    ],
    [
      'memory',
      `${bytes(memory.peak)} to train with ${groups}: parameters ${bytes(memory.parameters)},`,
      `gradients ${bytes(memory.gradients)}, optimiser ${bytes(memory.optimizer)}, activations ${bytes(memory.activations)},`,
      // Gradients of groups of images before they are added up, batch statistics, and gaps between values.
      `partial sums and the like ${bytes(otherBytes(memory))};`,
      `${bytes(prediction.peak)} to predict alone: parameters ${bytes(prediction.parameters)}, activations`,
      `${bytes(prediction.activations)}, transformed weights and the like ${bytes(otherBytes(prediction))}`,
      `(there is room for ${block} images at least: so many are computed together)`,
      ...idleLines(batch, idleLanes),
    ],
    ['live', ...liveLines(memory, prediction)],
    ...(time ? [['time', ...timeLines(time)] as const] : []),
  ];
}

/** Lanes without an image compute all the same. */
function idleLines(batch: number, idle: number): string[] {
  const lanes = `${idle} ${idle === 1 ? 'lane is' : 'lanes are'} idle`;
  return idle === 0 ? [] : [`(a step of ${batch} takes as long as one of ${batch + idle}: ${lanes})`];
}

/** Many layers may be computed at once. */
const LONGEST_PLACE = 57;

/** What no plan can do without, and how much more the plan takes. */
function liveLines(memory: MemoryUse, prediction: PredictionMemory): string[] {
  const lineOf = ({ live, activations }: PredictionMemory, what: string) =>
    `${bytes(live.bytes)} of activations to ${what}; the plan takes ${ratioText(activations, live.bytes)} that`;
  const where = memory.live.at && [`most at ${shorten(memory.live.at, LONGEST_PLACE)}`];
  return [`${lineOf(memory, 'train')},`, ...(where || []), lineOf(prediction, 'predict')];
}

function ratioText(planned: number, least: number): string {
  return least > 0 ? `${(planned / least).toFixed(2)} times` : 'as much as';
}

const EPOCH = 10_000;

function timeLines({ step, batch, predict, evaluate, target, threads }: NonNullable<Summary['time']>): string[] {
  const on = `on ${threads === 1 ? 'one thread' : `${threads} threads`}, ${target}`;
  const ofEpoch = (milliseconds: number) => durationText(milliseconds * EPOCH);
  return [
    ...(step
      ? [
          `${durationText(step.total)} a step of ${batch}: forward ${durationText(step.forward)}, backward`,
          `${durationText(step.backward)}, update ${durationText(step.update)}, host ${durationText(step.host)};`,
          `${ofEpoch(step.total / batch)} for ${thousands(EPOCH)} images, ${ofEpoch(evaluate ?? 0)} to evaluate them;`,
        ]
      : []),
    `${durationText(predict)} to predict an image, in batches of ${batch}`,
    `(estimated ${on}, with nothing else running)`,
  ];
}

function totalLines(summary: Summary): string[] {
  const rows = totalsOf(summary).flatMap(([title, ...lines]) => lines.map((text, k) => [k === 0 ? title : '', text]));
  return table([{}, {}], rows);
}

function otherBytes({ peak, live, ...parts }: PredictionMemory | MemoryUse): number {
  return Object.values(parts).reduce((rest, part) => rest - part, peak);
}

/**
 * RFC 4180, one line a layer; shapes as `6x28x28`, sizes vertical then horizontal, empty where all is seen. The last lines
 * are the totals: of the columns, of the update, and of the memory to train and to predict.
 */
export function summaryCsv(summary: Summary, { columns }: TextOptions = {}): string {
  const shown = columns ? chosen(columns) : COLUMNS;
  const { flops, memory, prediction } = summary.totals;
  const row = (cell: (column: Column) => string) => shown.map((column) => csvCell(cell(column))).join(',');
  const plain = (layer: LayerSummary) => row(({ text, plain }) => (plain ?? text)(layer));
  const only = (title: string, figures: Readonly<Record<string, number>>) =>
    row(({ name }) => (name === 'name' ? title : `${figures[name] ?? ''}`));
  const totals = Object.fromEntries(
    shown.flatMap(({ name, total }) => {
      const sum = total?.(summary);
      return sum === undefined ? [] : [[name, sum]];
    }),
  );
  return [
    row(({ name }) => name),
    ...summary.layers.map(plain),
    only('total', totals),
    only('update', { flops: flops.update }),
    only('training', { flops: flops.forward, backward_flops: flops.backward, memory: memory.peak }),
    only('prediction', { memory: prediction.peak }),
    '',
  ].join('\r\n');
}

function csvCell(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function boldTotal(total: number | undefined, unit: Column['unit']): string {
  return total !== undefined && unit ? `**${unit(total)}**` : '';
}

/** A table with totals of its columns, and below it the figures of the whole network. */
export function summaryMarkdown(summary: Summary, { columns }: TextOptions = {}): string {
  const shown = chosen(columns ?? USUAL_COLUMNS);
  const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const total = ({ name, total, unit }: Column) => (name === 'name' ? '**total**' : boldTotal(total?.(summary), unit));
  return [
    row(shown.map(({ title }) => title)),
    row(shown.map(({ numeric }) => (numeric ? '---:' : '---'))),
    ...summary.layers.map((layer) => row(shown.map((column) => column.text(layer)))),
    row(shown.map(total)),
    '',
    ...totalsOf(summary).map(([title, ...lines]) => `- **${title}** ${lines.join(' ')}`),
    '',
  ].join('\n');
}
