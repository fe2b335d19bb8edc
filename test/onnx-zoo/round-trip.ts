/** @file A network as an ONNX model and back: what it keeps. */
import { receptiveFields } from '../../src/analysis/receptive-field.ts';
import { writeModel } from '../../src/exchange/onnx/model-file.ts';
import { importOnnx } from '../../src/import/onnx/import.ts';
import { eliminateDead } from '../../src/passes/eliminate-dead.ts';
import { graphWithHeads } from '../../src/plan/program-graphs.ts';
import { summaryOf } from '../../src/report/summarize-module.ts';
import type { Elaboration } from '../../src/semantics/model.ts';
import { understand } from '../../src/semantics/understand.ts';
import { dataOf, modelOf, type Numbers, ours } from '../export/onnx-oracle.ts';

export interface RoundTrip {
  readonly text: string;
  readonly model: Uint8Array;
  readonly before: Figures;
  readonly after: Figures;
  /** By the names that sources have in each of the two. */
  readonly data: { readonly before: Numbers; readonly after: Numbers };
  readonly again: Elaboration;
}

export interface Figures {
  readonly parameters: number;
  readonly buffers: number;
  readonly macs: number;
  /** Names and shapes of parameters and running statistics. */
  readonly states: Readonly<Record<string, string>>;
  /** Of each output: size, stride, padding. */
  readonly fields: readonly string[];
}

function figuresOf(elaboration: Elaboration): Figures {
  const { parameters, buffers, macs } = summaryOf(elaboration).totals;
  const fields = receptiveFields(elaboration.inference);
  const { results } = graphWithHeads(elaboration);
  const states = elaboration.states.filter(({ role }) => role !== 'optimizer');
  return {
    parameters,
    buffers,
    macs,
    states: Object.fromEntries(states.map(({ name, shape }) => [name, shape.join()])),
    fields: results.map(({ node }) => JSON.stringify(fields.get(node))),
  };
}

export function roundTrip(elaboration: Elaboration, count: number): RoundTrip {
  const data = calmed(elaboration, dataOf(elaboration, count), count);
  const model = writeModel(modelOf(elaboration, data, { heads: true }));
  const { text, weights } = importOnnx(model, 'again');
  const again = understand(text, 'again.cnn').elaboration!;
  const images = elaboration.inference.inputs.map(({ node }, k) => {
    return [again.inference.inputs[k]!.node.name, data[node.name]!] as const;
  });
  const back = Object.fromEntries([...weights.map(({ name, data: values }) => [name, values] as const), ...images]);
  return {
    text,
    model,
    before: figuresOf(elaboration),
    after: figuresOf(again),
    data: { before: data, after: back },
    again,
  };
}

const SATURATE: ReadonlySet<string> = new Set(['softmax', 'sigmoid']);

/** With random weights a softmax at the end gives 0 and 1, whatever comes before: the layer below it gets smaller ones. */
function calmed(elaboration: Elaboration, data: Numbers, count: number): Numbers {
  const { layers, outputs, graph } = elaboration.inference;
  const last = layers.findLast(({ states }) => states.length > 0);
  const ends = layers.some(
    ({ output, operator }) => SATURATE.has(operator) && outputs.some(({ node }) => node === output),
  );
  if (!last || !ends) return data;
  const results = [{ role: 'output', name: 'last', node: last.output }] as const;
  const values = ours(elaboration, data, 'wasm', count, eliminateDead({ ...graph, results }));
  const size = Math.max(1, ...values.last!.map(Math.abs));
  const own = last.states.map(({ name }) => [name, Float32Array.from(data[name]!, (value) => value / size)] as const);
  return { ...data, ...Object.fromEntries(own) };
}

/** The largest distance, over the largest value. */
export function distance(found: Numbers, wanted: Numbers): number {
  const [left, right] = [Object.values(found), Object.values(wanted)];
  if (left.length !== right.length) return Number.POSITIVE_INFINITY;
  return right.reduce((most, values, k) => {
    let [worst, largest] = [0, 1e-30];
    if (left[k]!.length !== values.length) return Number.POSITIVE_INFINITY;
    for (let i = 0; i < values.length; i++) {
      worst = Math.max(worst, Math.abs(values[i]! - left[k]![i]!));
      largest = Math.max(largest, Math.abs(values[i]!));
    }
    return Math.max(most, worst / largest);
  }, 0);
}

/** What it predicts, and what its heads do. */
export const outputsOf = (elaboration: Elaboration, data: Numbers, engine: 'js' | 'wasm', count: number) =>
  ours(elaboration, data, engine, count, graphWithHeads(elaboration));

/** Outputs of both in f64: what differs there is no noise. */
export function meant(elaboration: Elaboration, { data, again }: RoundTrip, count: number) {
  const before = outputsOf(elaboration, data.before, 'js', count);
  const after = outputsOf(again, data.after, 'js', count);
  return { before, after, distance: distance(after, before) };
}
