/** @file A graph of a network, run on examples with the weights that a trainer holds: what looks into a network stands on it. */

import { sizeOf } from '../data/dataset.ts';
import { elementCount, type Graph, type Node, sourceOf } from '../ir/graph.ts';
import { obtain } from '../ir/memoize.ts';
import { runPasses } from '../passes/pass.ts';
import { OPTIMIZING_PASSES } from '../passes/pipeline.ts';
import type { AnyTrainer } from '../runtime/any-trainer.ts';
import type { Elaboration } from '../semantics/model.ts';
import { WASM_TRAITS } from '../targets/wasm/target.ts';
import { createExecutor, type GraphExecutor } from './execute-graph.ts';
import type { TakenBatch } from './take-batch.ts';

type Values = ArrayLike<number>;
type Named = Readonly<Record<string, Values>>;

/** `graph`: before the passes. Its results are read by their number. */
export class GraphObserver {
  readonly #executor: GraphExecutor;
  readonly #graph: Graph;
  /** What was staged of the last batch, for the next look at the same. */
  #staged: { readonly batch?: TakenBatch; readonly values: Map<Node, Values> } = { values: new Map() };

  constructor(
    graph: Graph,
    readonly elaboration: Elaboration,
    readonly maxCount: number,
  ) {
    this.#graph = runPasses(graph, OPTIMIZING_PASSES, {});
    this.#executor = createExecutor(this.#graph, { engine: 'wasm', traits: WASM_TRAITS, maxCount });
  }

  /** `seed`: of what is random in the network. What the function gives is read before the next run. */
  run(trainer: AnyTrainer, batch: TakenBatch, seed = 0): (result: number) => number[] {
    if (this.#staged.batch !== batch) this.#staged = { batch, values: new Map() };
    const data = Object.fromEntries(
      this.#graph.nodes.flatMap((node) => {
        const values = this.#valuesOf(node, trainer, batch, seed);
        return values ? [[node.name, values] as const] : [];
      }),
    );
    const { values } = this.#executor.run({ count: batch.count, data, update: false });
    return (result) => values(this.#graph.results[result]!.node);
  }

  #valuesOf(node: Node, { parameters, buffers }: AnyTrainer, batch: TakenBatch, seed: number): Values | undefined {
    const source = sourceOf(node);
    if (source?.role === 'state') return (parameters.get(source.state.name) ?? buffers.get(source.state.name))?.data;
    if (source?.role === 'image')
      return obtain(this.#staged.values, node, () =>
        this.#normalized(source.name, node, named(batch.images, source.name)),
      );
    if (source?.role === 'target') {
      const values = named(batch.labels, source.name);
      return node.shape.length > 1 && source.classes === undefined ? fractions(values) : values;
    }
    if (source?.role === 'seed')
      return Array.from({ length: batch.count }, (_, n) => (seed * 7919 + n * 104729) % 2 ** 24);
    return undefined;
  }

  /** As modules stage images. */
  #normalized(name: string, { shape }: Node, given: Values): Values {
    const values = fractions(given);
    const normalize = this.elaboration.settings.normalize?.get(name);
    if (!normalize) return values;
    const { mean, deviation } = normalize;
    const plane = sizeOf(shape) / mean.length;
    const result = new Float32Array(values.length);
    for (let k = 0; k < result.length; k++) {
      const channel = Math.floor((k % elementCount(shape)) / plane);
      result[k] = (values[k]! - mean[channel]!) / deviation[channel]!;
    }
    return result;
  }
}

function named(given: unknown, name: string): Values {
  return (ArrayBuffer.isView(given) ? given : (given as Named)[name]!) as Values;
}

/** Bytes stand for 0 to 1. */
function fractions(values: Values): Values {
  return values instanceof Uint8Array ? Float32Array.from(values, (byte) => byte / 255) : values;
}
