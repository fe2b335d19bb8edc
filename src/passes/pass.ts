/**
 * @file A pass is a pure function from graph to graph with a name and a sentence of documentation. The runner verifies
 * the graph after each, times it, and shows it to whoever asked for a dump.
 */
import type { Graph } from '../ir/graph.ts';
import { verifyGraph } from '../ir/verifier.ts';

export interface Pass {
  readonly name: string;
  readonly doc: string;
  /** What follows does without it. */
  readonly optional?: boolean;
  readonly run: (graph: Graph, options: PassOptions) => Graph;
}

export interface PassEvent {
  readonly pass: Pass;
  readonly before: Graph;
  readonly after: Graph;
  readonly milliseconds: number;
}

/** What passes must know of the target. */
export interface PassOptions {
  /** Longest kernel that is computed in tiles; any if left out. Tiles of long kernels are fast, and much code. */
  readonly longestTiledKernel?: number;
  /**
   * Multiply-adds of the smallest convolution that is computed in tiles; `LEAST_TILED_WORK` if left out. Below 0 whatever can
   * be computed in tiles is, also where it does not pay.
   */
  readonly leastTiledWork?: number;
  /**
   * Numbers of transformed weights that rows of tiles may read again, one row after the other; any if left out. More of
   * them are read once, for all tiles.
   */
  readonly mostRereadWeights?: number;
  /** Elements are computed all at once, as `TargetTraits` has it: who computes neighbours should read neighbours. */
  readonly allAtOnce?: boolean;
}

export interface RunOptions extends PassOptions {
  /** Check the rules of the IR after every pass. */
  readonly verify?: boolean;
  /** Names of optional passes to leave out. */
  readonly skip?: readonly string[];
  /** Run no pass after this one. */
  readonly stopAfter?: string;
  readonly onPass?: (event: PassEvent) => void;
}

export function runPasses(graph: Graph, passes: readonly Pass[], options: RunOptions = {}): Graph {
  let current = graph;
  for (const pass of passes) {
    if (options.skip?.includes(pass.name)) continue;
    const started = performance.now();
    const after = pass.run(current, options);
    const milliseconds = performance.now() - started;
    if (options.verify) verifyGraph(after, pass.name);
    options.onPass?.({ pass, before: current, after, milliseconds });
    current = after;
    if (pass.name === options.stopAfter) break;
  }
  return current;
}
