/** @file The figures of a whole network as pages show them. */
import { bytes, shapeText, thousands } from '../analysis/figure-texts.ts';
import type { NetworkReport } from './network-report.ts';

export interface TotalFigure {
  readonly title: string;
  readonly figure: string;
}

export function totalFigures({ summary, layers }: Pick<NetworkReport, 'summary' | 'layers'>): TotalFigure[] {
  const { totals, inputs, batch } = summary;
  return [
    ...Object.entries(inputs).map(([name, shape]) => ({ title: `input ${name}`, figure: shapeText(shape) })),
    { title: 'layers', figure: thousands(layers.length) },
    { title: 'parameters', figure: thousands(totals.parameters) },
    { title: 'multiply-adds an image', figure: thousands(totals.macs) },
    { title: 'FLOPs forward', figure: thousands(totals.flops.forward) },
    { title: 'FLOPs backward', figure: thousands(totals.flops.backward) },
    { title: `memory to train ${batch} at once`, figure: bytes(totals.memory.peak) },
    { title: 'memory to predict', figure: bytes(totals.prediction.peak) },
  ];
}
