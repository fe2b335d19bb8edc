/** @file The metrics that `cnnc train` ends with: one line each, a table for those that have a number for each class. */
import { figure } from '../common/figure.ts';
import { tableText } from '../common/table.ts';
import type { MetricValue } from '../runtime/executable.ts';

type Metrics = Readonly<Record<string, MetricValue>>;

/** Lines of text; none without metrics. `classes`: their names, where the data has them. */
export function metricsTable(metrics: Metrics, classes?: readonly string[]): string {
  return Object.entries(metrics)
    .map(([name, value]) => {
      if (typeof value === 'number') return `${name} ${show(value)}\n`;
      const nameOf = (k: number) => classes?.[k] ?? `${k}`;
      const labels = value.map((_, k) => nameOf(k));
      if (!isTable(value)) return `${name}\n${aligned(value.map((number, k) => [labels[k]!, show(number)]))}`;
      const head = ['true \\ predicted', ...labels];
      return `${name}\n${aligned([head, ...value.map((row, k) => [labels[k]!, ...row.map((count) => `${count}`)])])}`;
    })
    .join('');
}

function isTable(value: Exclude<MetricValue, number>): value is readonly (readonly number[])[] {
  return Array.isArray(value[0]);
}

/** A class that does not occur has no accuracy. */
function show(value: number): string {
  return Number.isNaN(value) ? '-' : figure(value);
}

/** Columns of one width each, the first to the left. */
export function aligned(rows: readonly (readonly string[])[]): string {
  const columns = rows[0]!.map((_, column) => ({ right: column > 0 }));
  return tableText(columns, rows, { indent: '  ' });
}
