/** @file Where a figure is: the layers by how much of it they have, with their shares as bars. */
import type { LayerSummary, Summary } from './summary.ts';
import type { Column, FigureColumn } from './summary-columns.ts';
import { summaryTable, type TextOptions } from './summary-text.ts';

/** The most first; layers with the same stay in their order. */
export function sortLayers(summary: Summary, { figure }: FigureColumn): Summary {
  return { ...summary, layers: [...summary.layers].sort((one, other) => figure(other) - figure(one)) };
}

const LONGEST_BAR = 24;

/** Layers that have nothing of it are counted and not listed. */
export function summaryBars(summary: Summary, column: FigureColumn, options: TextOptions = {}): string {
  const { figure, name, title } = column;
  const layers = sortLayers(summary, column).layers.filter((layer) => figure(layer) > 0);
  const all = layers.reduce((sum, layer) => sum + figure(layer), 0);
  const most = layers[0] ? figure(layers[0]) : 0;
  const text = (write: (layer: LayerSummary) => string, words: Pick<Column, 'name' | 'title' | 'numeric'>): Column => ({
    ...words,
    text: write,
  });
  const share = text((layer) => `${((100 * figure(layer)) / all).toFixed(1)} %`, {
    name: 'share',
    title: 'share',
    numeric: true,
  });
  const bar = text((layer) => '#'.repeat(Math.max(1, Math.round((LONGEST_BAR * figure(layer)) / most))), {
    name: 'bar',
    title: '',
    numeric: false,
  });
  const none = summary.layers.length - layers.length;
  const note = none > 0 ? [`${none} ${none === 1 ? 'layer has' : 'layers have'} no ${title}`] : [];
  const columns = options.columns ?? ['name', 'op', name];
  return summaryTable({ ...summary, layers }, { ...options, columns, extra: [share, bar], note });
}
