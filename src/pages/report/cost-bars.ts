/** @file Which layers or blocks have the parameters, multiply-adds and memory: bars, the longest first. */
import { bytes, thousands } from '../../analysis/figure-texts.ts';
import type { NetworkReport, ReportLayer } from '../../report/network-report.ts';
import { byId, choice, element } from './dom.ts';

const FIGURES: readonly (readonly [
  title: string,
  figure: (layer: ReportLayer) => number,
  unit: (count: number) => string,
])[] = [
  ['multiply-adds', ({ macs }) => macs, thousands],
  ['parameters', ({ parameters }) => parameters, thousands],
  ['FLOPs forward', ({ flops }) => flops.forward, thousands],
  ['FLOPs backward', ({ flops }) => flops.backward, thousands],
  ['memory of results', ({ memory }) => memory.output, bytes],
];

/** By what the figures of layers are added up. */
const GROUPS: readonly (readonly [title: string, group: (layer: ReportLayer) => string])[] = [
  ['layer', ({ name }) => name],
  ['block', ({ blocks, name }) => blocks?.at(-1)?.path ?? name],
  ['outermost block', ({ blocks, name }) => blocks?.[0]?.path ?? name],
  ['operator', ({ op }) => op],
];

const SHOWN = 20;

/** `choose` is told the first layer of a bar that was pressed. */
export function addCostBars({ layers }: NetworkReport, choose: (layer: string) => void): void {
  const list = element('ul', { class: 'bars' });
  const rest = element('p', { class: 'faint-text' });
  let [figure, group] = [0, 0];
  const draw = () => {
    const [title, count, unit] = FIGURES[figure]!;
    const sums = new Map<string, { total: number; first: string }>();
    for (const layer of layers) {
      const name = GROUPS[group]![1](layer);
      const known = sums.get(name) ?? { total: 0, first: layer.name };
      sums.set(name, { ...known, total: known.total + count(layer) });
    }
    const all = [...sums].map(([name, sum]) => ({ name, ...sum })).filter(({ total }) => total > 0);
    const sorted = all.sort((one, other) => other.total - one.total);
    const whole = sorted.reduce((sum, { total }) => sum + total, 0);
    const bars = sorted.slice(0, SHOWN).map((row) => barOf(row, sorted[0]!.total, whole, unit, choose));
    list.replaceChildren(...bars);
    const hidden = sorted.slice(SHOWN);
    const left = hidden.reduce((sum, { total }) => sum + total, 0);
    rest.textContent =
      hidden.length > 0 ? `and ${hidden.length} more with ${unit(left)} (${percent(left, whole)}) of the ${title}` : '';
  };
  const titles = (rows: readonly (readonly [string, ...unknown[]])[]) => rows.map(([title]) => title);
  const figures = choice('Figure', titles(FIGURES), (index) => {
    figure = index;
    draw();
  });
  const groups = choice('by', titles(GROUPS), (index) => {
    group = index;
    draw();
  });
  byId('costs').append(element('div', { class: 'tools' }, figures.label, groups.label), list, rest);
  draw();
}

interface Row {
  readonly name: string;
  readonly total: number;
  readonly first: string;
}

function barOf(
  { name, total, first }: Row,
  most: number,
  whole: number,
  unit: (count: number) => string,
  choose: (layer: string) => void,
): HTMLElement {
  const bar = element('span', { class: 'bar' });
  bar.style.width = `${(100 * total) / most}%`;
  const value = element('span', { class: 'value' }, `${unit(total)}, ${percent(total, whole)}`);
  const row = element(
    'button',
    { type: 'button' },
    element('span', { class: 'name mono' }, element('bdi', {}, name)),
    element('span', {}, bar),
    value,
  );
  row.addEventListener('click', () => choose(first));
  return element('li', {}, row);
}

function percent(part: number, whole: number): string {
  return `${((100 * part) / whole).toFixed(1)} %`;
}
