/**
 * @file `--watch`: what the layers of a network do while it is trained, seen on the same few images again and again. Step and
 * images decide what is recorded and nothing else, so that a run that was interrupted has the rows of one which was not.
 */

import { type AnySplit, sizeOf } from '../data/dataset.ts';
import { Random, shuffle } from '../data/random.ts';
import type { WatchRow } from '../report/watch.ts';
import type { WatchedLayer } from '../runtime/run-log.ts';
import type { FitProgress, Trainer } from '../runtime/trainer-api.ts';
import type { Elaboration } from '../semantics/model.ts';
import { GraphObserver } from './observe-graph.ts';
import { type TakenBatch, takeBatch } from './take-batch.ts';
import { type LayerProbe, type WatchGraph, watchGraph } from './watch-graph.ts';

/** Images looked at. */
const IMAGES = 64;
/** For each image looked at, so many are learnt from. */
const SHARE = 100;

export class Watcher {
  readonly #watched: WatchGraph;
  readonly #observer: GraphObserver;
  readonly #period: number;
  /** Trained weights as they were before the step that is looked at. */
  readonly #before = new Map<string, Float32Array>();

  private constructor(
    readonly trainer: Trainer,
    readonly batch: TakenBatch,
    elaboration: Elaboration,
    /** Images of a step. */
    size: number,
  ) {
    const { accumulate } = elaboration.settings;
    this.#watched = watchGraph(elaboration);
    this.#observer = new GraphObserver(this.#watched.graph, elaboration, batch.count);
    this.#period = accumulate * Math.ceil((SHARE * batch.count) / (size * accumulate));
    this.#remember();
  }

  /** Looks at some training images, the same for the same seed. Nothing where none can be read. */
  static async on(
    trainer: Trainer,
    train: AnySplit,
    elaboration: Elaboration,
    size: number,
  ): Promise<Watcher | undefined> {
    const order = Int32Array.from({ length: train.count }, (_, n) => n);
    shuffle(order, new Random(elaboration.settings.seed, 'watch'));
    const first = sizeOf(Object.values(trainer.network.inputs)[0] ?? []);
    const batch = await takeBatch(train, order.slice(0, IMAGES), first);
    return batch.count > 0 ? new Watcher(trainer, batch, elaboration, size) : undefined;
  }

  /** At the first steps more often, then after every so many. */
  #isWatched(step: number): boolean {
    return step % this.#period === 0 || (step < this.#period && Number.isInteger(Math.log2(step)));
  }

  /** After every step; a row where the step is one to look at. */
  observe({ epoch, step }: FitProgress): WatchRow | undefined {
    const row = this.#isWatched(step) ? this.#look(epoch, step) : undefined;
    if (this.#isWatched(step + 1)) this.#remember();
    return row;
  }

  #remember(): void {
    for (const { parameters } of this.#watched.probes)
      for (const name of parameters) {
        const { data } = this.trainer.parameters.get(name)!;
        const copy = this.#before.get(name);
        if (copy) copy.set(data);
        else this.#before.set(name, data.slice());
      }
  }

  #look(epoch: number, step: number): WatchRow {
    const { trainer, batch } = this;
    const values = this.#observer.run(trainer, batch, step);
    const layers = this.#watched.probes.map((probe) => [probe.layer, this.#figuresOf(probe, values)] as const);
    return { kind: 'watch', epoch, step, layers: Object.fromEntries(layers) };
  }

  #figuresOf(probe: LayerProbe, values: (result: number) => number[]): WatchedLayer {
    const { size, sum, squares, active, saturated, parameters, gradients } = probe;
    const one = (result: number) => values(result)[0]!;
    const mean = one(sum) / size;
    const deviation = Math.sqrt(Math.max(0, one(squares) / size - mean ** 2));
    const units = active === undefined ? [] : values(active);
    const figures: WatchedLayer = {
      mean,
      deviation,
      ...(active !== undefined && { dead: units.filter((share) => share === 0).length / units.length }),
      ...(saturated !== undefined && { saturated: one(saturated) / size }),
      ...(parameters.length > 0 && this.#normsOf(parameters, gradients.map(one))),
    };
    // Six digits are enough to look at.
    const entries = Object.entries(figures).map(([name, value]) => [name, Number((value as number).toPrecision(6))]);
    return Object.fromEntries(entries);
  }

  #normsOf(parameters: readonly string[], squaredGradients: readonly number[]) {
    let [weights, change] = [0, 0];
    for (const name of parameters) {
      const [{ data }, before] = [this.trainer.parameters.get(name)!, this.#before.get(name)!];
      for (let k = 0; k < data.length; k++) {
        weights += data[k]! ** 2;
        change += (data[k]! - before[k]!) ** 2;
      }
    }
    const update = Math.sqrt(change / weights);
    return {
      weight: Math.sqrt(weights),
      gradient: Math.sqrt(squaredGradients.reduce((total, square) => total + square, 0)),
      // Steps that are gathered for one update change nothing.
      ...(update > 0 && Number.isFinite(update) && { update }),
    };
  }
}
