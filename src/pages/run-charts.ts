/** @file The curves of a run from the rows of its log. */
import type { LogRow } from '../runtime/run-log.ts';
import { type Curve, lineChart } from './line-chart.ts';

/** Loss, accuracy and learning rate over epochs. */
export function runCharts(rows: readonly LogRow[]): string {
  const steps = rows.filter(({ kind }) => kind === 'step');
  const epochs = rows.filter(({ kind }) => kind === 'epoch');
  if (steps.length + epochs.length === 0) return '<p>Nothing has been logged yet.</p>';
  const ofSteps = (name: string, value: (row: LogRow) => number | undefined): Curve => ({
    name,
    faint: true,
    points: steps.flatMap((row) => point(placeOf(row), value(row))),
  });
  const ofEpochs = (name: string, value: (row: LogRow) => number | undefined): Curve => ({
    name,
    points: epochs.flatMap((row) => point(row.epoch, value(row))),
  });
  const x = { label: 'epoch' };
  const loss = [
    ofEpochs('training', (row) => row.trainLoss),
    ofEpochs('held out', (row) => row.validationLoss),
    ofEpochs('test', (row) => row.testLoss),
    ofSteps('steps of training', (row) => row.loss),
  ];
  const accuracy = [
    ofEpochs('training', (row) => percent(row.trainAccuracy)),
    ofEpochs('held out', (row) => percent(row.validationAccuracy)),
    ofEpochs('test', (row) => percent(row.testAccuracy)),
  ];
  const rate = [{ ...ofSteps('learning rate', (row) => row.learningRate), faint: false }];
  const charts = [
    { title: 'Loss', y: { label: 'loss' }, curves: loss },
    { title: 'Accuracy', y: { label: 'right, in %', within: [0, 100] as const }, curves: accuracy },
    { title: 'Learning rate', y: { label: 'learning rate' }, curves: rate },
  ];
  const drawn = charts.flatMap(({ title, y, curves }) => {
    const filled = curves.filter(({ points }) => points.length > 0);
    return filled.length > 0 ? [lineChart({ title, x, y, curves: filled })] : [];
  });
  return `<div class="charts">${drawn.join('\n')}</div>`;
}

/** Epochs done, with a part of one. */
function placeOf({ epoch, images = 0, total = 1 }: LogRow): number {
  return epoch - 1 + images / total;
}

function point(x: number, y: number | undefined): (readonly [number, number])[] {
  return y === undefined || !Number.isFinite(y) ? [] : [[x, y]];
}

function percent(share: number | undefined): number | undefined {
  return share === undefined ? undefined : 100 * share;
}
