/** @file A network of the language run in this process: its outputs, and the gradients of its parameters. */

import { randomData } from '../../src/check/check-gradients.ts';
import type { ExecutorOptions } from '../../src/check/execute-graph.ts';
import { compileSource } from '../../src/compile.ts';
import { trainingGraph } from './middles.ts';
import { runGraph, TRAITS } from './run-graph.ts';

export interface TextRun {
  /** Values of each output, image by image. */
  readonly outputs: ReadonlyMap<string, readonly number[]>;
  readonly gradients: ReadonlyMap<string, readonly number[]>;
  readonly loss: number;
}

/** `data`: values of inputs, targets and parameters by name; others are drawn. */
export function runText(
  source: string,
  engine: ExecutorOptions['engine'],
  data: Readonly<Record<string, readonly number[]>>,
  count = 1,
): TextRun {
  const { elaboration, diagnostics } = compileSource(source, 'test.cnn');
  if (!elaboration) throw new Error(diagnostics.map(({ code, message }) => `${code} ${message}`).join('\n'));
  const graph = trainingGraph(elaboration.training.graph);
  const isVector = engine.startsWith('wasm');
  const traits = isVector ? { ...TRAITS, width: 4, registersPerVarying: TRAITS.lanes / 4 } : TRAITS;
  const run = runGraph(graph, { engine, count, traits, data: { ...randomData(graph, { count, seed: 1 }), ...data } });
  const outputs = new Map<string, readonly number[]>();
  const gradients = new Map<string, readonly number[]>();
  let loss = Number.NaN;
  for (const result of graph.results) {
    if (result.role === 'output') outputs.set(result.name, run.values(result.node));
    if (result.role === 'gradient') gradients.set(result.state.name, run.values(result.node));
    if (result.role === 'loss') loss = run.values(result.node)[0]!;
  }
  return { outputs, gradients, loss };
}
