/** @file A comparison for people: on a terminal, and in Markdown for a pull request. */

import { table } from '../common/table.ts';
import type { Comparison, LayerChange } from './compare.ts';
import { bytes, shapeText, thousands } from './figure-texts.ts';
import { operatorText } from './layer-window.ts';
import type { LayerSummary, Summary } from './summary.ts';

/** What may differ in a layer, each as a text. The first ones are what was written; the others may follow from layers before. */
const PROPERTIES: readonly (readonly [title: string, text: (layer: LayerSummary) => string])[] = [
  ['name', ({ name }) => name],
  ['operator', ({ op, attributes }) => operatorText(op, attributes)],
  ['parameters', ({ parameters }) => thousands(parameters)],
  ['inputs', ({ inputs }) => inputs.map(shapeText).join(' ')],
  ['output', ({ output }) => shapeText(output)],
  ['MACs', ({ macs }) => thousands(macs)],
  ['sees', ({ receptiveField: { size } }) => size?.join('x') ?? 'all'],
];

/** Those that a layer may have from what it reads. */
const FOLLOWING = new Set(['inputs', 'output', 'MACs', 'sees']);

/** Attributes that the text of the operator shows. */
const SHOWN = new Set(['kernel', 'stride', 'dilation', 'groups', 'pad', 'factor']);

interface Difference {
  readonly title: string;
  readonly before: string;
  readonly after: string;
}

function differences({ before, after }: LayerChange): Difference[] {
  if (!before || !after) return [];
  const all = PROPERTIES.map(([title, text]) => ({ title, before: text(before), after: text(after) }));
  const [name, operator, ...figures] = all;
  return [name!, operator!, ...attributeDifferences(before, after), ...figures].filter(
    (one) => one.before !== one.after,
  );
}

/** Attributes that the text of the operator does not show. */
export function attributeDifferences(before: LayerSummary, after: LayerSummary): Difference[] {
  const titles = new Set([before, after].flatMap(({ attributes }) => Object.keys(attributes)));
  const text = ({ attributes }: LayerSummary, title: string) => {
    const value = attributes[title];
    return Array.isArray(value) ? value.join('x') : String(value ?? 'none');
  };
  const shown = [...titles].filter((title) => !SHOWN.has(title));
  const all = shown.map((title) => ({ title, before: text(before, title), after: text(after, title) }));
  return all.filter((one) => one.before !== one.after);
}

/** Layers in a row that are told together. */
interface Group {
  readonly kind: LayerChange['change'] | 'follows';
  readonly changes: readonly LayerChange[];
  /** The block that all of them are in, if they are all of it that changed. */
  readonly block?: string;
}

/** Whole blocks that were added or are gone are one line; so are layers in which nothing but what they read has changed. */
function grouped(changes: readonly LayerChange[]): Group[] {
  const groups: { kind: Group['kind']; changes: LayerChange[]; key: string; block?: string }[] = [];
  for (const change of changes) {
    const own = change.change !== 'changed' || differences(change).some(({ title }) => !FOLLOWING.has(title));
    const kind = own ? change.change : 'follows';
    const outer = (change.after ?? change.before)?.blocks?.at(-1);
    const block = own && kind !== 'changed' && outer ? `${outer.path}: ${outer.block}` : undefined;
    const key = kind === 'follows' ? kind : `${kind} ${block ?? change.name}`;
    const last = groups.at(-1);
    if (last?.key === key) last.changes.push(change);
    else groups.push({ kind, changes: [change], key, ...(block !== undefined && { block }) });
  }
  return groups.filter(({ kind, changes }) => kind !== 'follows' || changes.some((one) => differences(one).length > 0));
}

const MARKS = { added: '+', gone: '-', changed: '~', follows: ' ' } as const;

export interface CompareTextOptions {
  readonly width?: number;
  /** Marks of what was added, is gone, changed. */
  readonly paint?: (kind: 'added' | 'gone' | 'changed', text: string) => string;
}

export function comparisonText(
  { layers, totals }: Comparison,
  names: { readonly before: string; readonly after: string },
  { width = 80, paint = (_, text) => text }: CompareTextOptions = {},
): string {
  const lines = grouped(layers).flatMap((group) => {
    const [first, ...rest] = groupLines(group, width);
    const line = `${MARKS[group.kind]} ${first}`;
    return [group.kind === 'follows' ? line : paint(group.kind, line), ...rest.map((text) => `    ${text}`)];
  });
  return [
    `${names.before} -> ${names.after}`,
    '',
    ...(lines.length > 0 ? lines : ['the same layers']),
    '',
    ...totalTable(totals),
    '',
  ].join('\n');
}

function groupLines({ kind, changes, block }: Group, width: number): string[] {
  const [first] = changes;
  const layers = changes.map(({ before, after }) => (after ?? before)!);
  if (kind === 'changed') return [first!.name, ...fitted(differences(first!).map(differenceText), width - 4)];
  if (kind === 'follows') {
    const titles = new Set(changes.flatMap((change) => differences(change).map(({ title }) => title)));
    const last = changes.length > 1 ? ` ... ${changes.at(-1)!.name}` : '';
    return [
      `${first!.name}${last}`,
      ...fitted(
        [...titles].map((title) => whole(title, changes)),
        width - 4,
      ),
    ];
  }
  const parameters = layers.reduce((sum, layer) => sum + layer.parameters, 0);
  const macs = layers.reduce((sum, layer) => sum + layer.macs, 0);
  const { op, attributes, output } = layers.at(-1)!;
  const what = layers.length > 1 ? `${layers.length} layers` : operatorText(op, attributes);
  const title = layers.length > 1 && block ? block : layers.map(({ name }) => name).join(', ');
  return [
    title,
    ...fitted([what, shapeText(output), `${thousands(parameters)} parameters`, `${thousands(macs)} MACs`], width - 4),
  ];
}

function differenceText({ title, before, after }: Difference): string {
  return title === 'operator' ? `${before} -> ${after}` : `${title} ${before} -> ${after}`;
}

/** Of a single layer both values; of several that it differs. */
function whole(title: string, changes: readonly LayerChange[]): string {
  const only = changes.length === 1 ? differences(changes[0]!).find((one) => one.title === title) : undefined;
  return only ? differenceText(only) : title;
}

/** Joined with commas, in lines that are not longer than the width, if a part is not already. */
function fitted(parts: readonly string[], width: number): string[] {
  const lines: string[] = [];
  for (const [k, part] of parts.entries()) {
    const text = k < parts.length - 1 ? `${part},` : part;
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + text.length <= width) lines[lines.length - 1] = `${last} ${text}`;
    else lines.push(text);
  }
  return lines;
}

/** Figures of whole networks, and how they are written. */
export const TOTALS: readonly (readonly [string, (totals: Summary['totals']) => number, (count: number) => string])[] =
  [
    ['parameters', ({ parameters }) => parameters, thousands],
    ['trained', ({ trainable }) => trainable, thousands],
    ['MACs', ({ macs }) => macs, thousands],
    ['FLOPs forward', ({ flops }) => flops.forward, thousands],
    ['FLOPs backward', ({ flops }) => flops.backward, thousands],
    ['memory to train', ({ memory }) => memory.peak, bytes],
    ['memory to predict', ({ prediction }) => prediction.peak, bytes],
  ];

function totalRows({ before, after }: Comparison['totals']): string[][] {
  return TOTALS.map(([title, figure, unit]) => {
    const [one, other] = [figure(before), figure(after)];
    return [title, unit(one), unit(other), relative(one, other)];
  });
}

/** `+12.5 %` */
export function relative(before: number, after: number): string {
  if (before === after) return 'same';
  if (before === 0) return 'new';
  const percent = (100 * (after - before)) / before;
  return `${percent > 0 ? '+' : ''}${percent.toFixed(Math.abs(percent) < 10 ? 2 : 1)} %`;
}

function totalTable(totals: Comparison['totals']): string[] {
  const columns = [{}, { title: 'before', right: true }, { title: 'after', right: true }, { right: true }];
  return table(columns, totalRows(totals));
}

export function comparisonMarkdown(
  { layers, totals }: Comparison,
  names: { readonly before: string; readonly after: string },
): string {
  const row = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  const changes = grouped(layers).map((group) => {
    const [title, ...rest] = groupLines(group, Number.POSITIVE_INFINITY);
    return row([
      { added: 'added', gone: 'gone', changed: 'changed', follows: 'follows' }[group.kind],
      `\`${title}\``,
      rest.join(' '),
    ]);
  });
  return [
    `**${names.before} → ${names.after}**`,
    '',
    row(['', 'before', 'after', 'change']),
    row(['---', '---:', '---:', '---:']),
    ...totalRows(totals).map(row),
    '',
    ...(changes.length > 0
      ? [row(['change', 'layer', '']), row(['---', '---', '---']), ...changes]
      : ['The same layers.']),
    '',
  ].join('\n');
}
