/** @file The model that grows while a network is walked. */
import { GraphBuilder } from '../../ir/builder.ts';
import type { Node } from '../../ir/graph.ts';
import type { Claim } from '../evaluate/claims.ts';
import type { Frozen } from '../layers/naming.ts';
import type { Layer, ModelInput, ModelTarget } from '../model.ts';

export class Draft {
  readonly builder: GraphBuilder;
  readonly layers: Layer[] = [];
  /** The layers, and what is computed beside them. */
  readonly steps: Layer[] = [];
  readonly inputs: ModelInput[] = [];
  readonly targets: ModelTarget[] = [];
  readonly outputs: { readonly name: string; readonly node: Node }[] = [];
  /** What is asserted of figures that are not known yet. */
  readonly claims: Claim[] = [];
  /** Metrics that the runtime has to finish, and what it makes of them. */
  readonly finishes = new Map<Node, string>();
  /** What is not trained. */
  readonly frozen: Frozen[] = [];
  /** One-hot vectors of class targets. */
  readonly oneHots = new Map<Node, Node>();
  /** New values of running statistics, by the node of the state. */
  readonly assigned = new Map<Node, Node>();
  #weight: Node | undefined;
  #seed: Node | undefined;
  #streams = 0;

  constructor(network: string) {
    this.builder = new GraphBuilder(network);
  }

  weight(): Node {
    this.#weight ??= this.builder.source({ role: 'weight' }, [], 'weight');
    return this.#weight;
  }

  seed(): Node {
    this.#seed ??= this.builder.source({ role: 'seed' }, [], 'seed');
    return this.#seed;
  }

  /** A number for each layer that draws at random. */
  nextStream(): number {
    return this.#streams++;
  }
}
