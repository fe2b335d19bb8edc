/**
 * @file A summary in which layers are folded into the blocks that they are named after: those whose names agree in their
 * first `depth` parts are one line, `stage1.0`, with the figures of all of them and the result of the last.
 */
import type { LayerSummary, Summary } from './summary.ts';
import { sumOfTimes } from './time-estimate.ts';

export function foldLayers(summary: Summary, depth: number): Summary {
  const blocks = new Map<string, LayerSummary[]>();
  for (const layer of summary.layers) {
    const name = layer.path.slice(0, depth).join('.');
    const block = blocks.get(name);
    if (block) block.push(layer);
    else blocks.set(name, [layer]);
  }
  return { ...summary, layers: [...blocks].map(([name, layers]) => folded(name, layers, depth)) };
}

/** One line for all layers of an operator, in the order of their first ones; shapes and fields say nothing then. */
export function foldOperators(summary: Summary): Summary {
  const operators = new Map<string, LayerSummary[]>();
  for (const layer of summary.layers) operators.set(layer.op, [...(operators.get(layer.op) ?? []), layer]);
  const lines = [...operators].map(([name, layers]) => {
    const op = `${layers.length} ${layers.length === 1 ? 'layer' : 'layers'}`;
    return { ...folded(name, layers, 0), name, path: [name], op, attributes: {} };
  });
  return { ...summary, layers: lines };
}

/** One line for some layers: their sums, and the result of the last. */
export function folded(name: string, layers: readonly LayerSummary[], depth: number): LayerSummary {
  const [first, last] = [layers[0]!, layers.at(-1)!];
  if (layers.length === 1) return first;
  const sum = (figure: (layer: LayerSummary) => number) => layers.reduce((all, layer) => all + figure(layer), 0);
  const time = sumOfTimes(layers.map((layer) => layer.time));
  return {
    name,
    path: first.path.slice(0, depth),
    op: `${layers.length} layers`,
    inputs: first.inputs,
    output: last.output,
    parameters: sum(({ parameters }) => parameters),
    macs: sum(({ macs }) => macs),
    receptiveField: last.receptiveField,
    attributes: {},
    flops: { forward: sum(({ flops }) => flops.forward), backward: sum(({ flops }) => flops.backward) },
    memory: {
      parameters: sum(({ memory }) => memory.parameters),
      output: sum(({ memory }) => memory.output),
      moved: sum(({ memory }) => memory.moved),
    },
    ...(time && { time }),
  };
}
