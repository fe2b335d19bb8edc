/** @file What `--watch` recorded, as curves: a chart for each figure, a curve for each layer. */
import type { LogRow, WatchedLayer } from '../runtime/run-log.ts';
import { lineChart } from './line-chart.ts';

interface Figure {
  readonly name: keyof WatchedLayer;
  readonly title: string;
  readonly unit: string;
  readonly percent?: true;
  readonly log?: true;
}

/** What looks wrong most often comes first. */
const FIGURES: readonly Figure[] = [
  { name: 'dead', title: 'Dead units', unit: 'of all units, in %', percent: true },
  { name: 'saturated', title: 'Saturated values', unit: 'of all values, in %', percent: true },
  { name: 'update', title: 'Change of the weights in a step', unit: 'over their norm', log: true },
  { name: 'gradient', title: 'Gradients', unit: 'norm', log: true },
  { name: 'weight', title: 'Weights', unit: 'norm' },
  { name: 'deviation', title: 'Deviation of the activations', unit: 'deviation', log: true },
  { name: 'mean', title: 'Mean of the activations', unit: 'mean' },
];

/** Colours that can be told apart. */
const MOST_LAYERS = 8;

/** Empty where nothing was watched. */
export function watchCharts(rows: readonly LogRow[]): string {
  const looks = rows.filter(({ kind }) => kind === 'watch');
  const charts = FIGURES.flatMap((figure) => chartOf(figure, looks));
  return charts.length > 0 ? `<div class="charts">${charts.join('\n')}</div>` : '';
}

function chartOf({ name, title, unit, percent, log }: Figure, looks: readonly LogRow[]): string[] {
  const layers = new Set(
    looks.flatMap(({ layers = {} }) => Object.keys(layers).filter((layer) => layers[layer]![name] !== undefined)),
  );
  if (layers.size === 0) return [];
  const shown = spread([...layers]);
  const some = shown.length < layers.size ? ` (${shown.length} of ${layers.size} layers)` : '';
  const curves = shown.map((layer) => ({
    name: layer,
    points: looks.flatMap(({ step, layers = {} }) => {
      const value = layers[layer]?.[name];
      return value === undefined ? [] : [[step, percent ? 100 * value : value] as const];
    }),
  }));
  const y = { label: unit, ...(log && { log }), ...(percent && { least: 0, most: 100 }) };
  return [lineChart({ title: `${title}${some}`, x: { label: 'step' }, y, curves })];
}

/** From all over the network. */
function spread(layers: readonly string[]): readonly string[] {
  if (layers.length <= MOST_LAYERS) return layers;
  const at = (k: number) => Math.round((k * (layers.length - 1)) / (MOST_LAYERS - 1));
  return Array.from({ length: MOST_LAYERS }, (_, k) => layers[at(k)]!);
}
