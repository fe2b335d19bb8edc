/**
 * @file The dataflow graph. Every node is a value: a *source* that somebody outside writes, a *formula* over other
 * values, or a *view* of a value under another shape. A value is *varying* (one per image of the batch; the batch is
 * never an axis) or *uniform*. The graph knows formulas, not operators: what a node is for is its origin.
 */
import type { AttributeValue } from '../specs/attributes.ts';
import type { Affine } from './affine.ts';
import { memoize } from './memoize.ts';
import type { Origins } from './origin.ts';
import type { Axis, Scalar } from './scalar.ts';

export type Shape = readonly number[];

/** Of an image that is mixed of two: which of them is meant. */
export type MixedSide = 'own' | 'partner';

/**
 * What the outside provides. `weight` is 1/N for each of the N images of a batch; `seed` feeds dropout's generator. Where images
 * are mixed, the partner has a target too, and both have a share of the weight (`passes/mix-loss.ts`).
 */
export type Source =
  | { readonly role: 'image'; readonly name: string }
  /** `classes`: numbers of classes, one per element of the shape; those equal to `ignore` do not count. */
  | {
      readonly role: 'target';
      readonly name: string;
      readonly classes?: number;
      readonly ignore?: number;
      readonly mixed?: MixedSide;
    }
  | { readonly role: 'weight'; readonly mixed?: MixedSide }
  | { readonly role: 'seed' }
  | { readonly role: 'state'; readonly state: State }
  | { readonly role: 'scalar'; readonly scalar: HostScalar };

/** A value that lives from step to step. */
export interface State {
  readonly name: string;
  readonly role: 'parameter' | 'buffer' | 'optimizer';
  readonly shape: Shape;
  readonly trainable: boolean;
  readonly initializer: Initialization;
  /** Of a parameter or a running statistic: whose it is, and what it is there. */
  readonly owner?: StateOwner;
  /** Of a state of the optimiser: what it is, such as `velocity`, and of which parameter. */
  readonly optimizer?: { readonly slot: string; readonly of: State };
  /** Of the learning rate; 1 if absent. */
  readonly rateFactor?: number;
  /** In place of the optimiser's. */
  readonly weightDecay?: number;
}

export interface StateOwner {
  /** The name of the layer; of its first application, where it has several. */
  readonly layer: string;
  /** PyTorch's leaf: `weight`, `bias`, `running_mean`. */
  readonly leaf: string;
  /** A weight starts as `init` says, a bias as `bias_init` does. */
  readonly part: 'weight' | 'bias' | 'statistic';
  /** A weight that is multiplied by, as the scale of a norm, and so starts at 1 unless it is told otherwise. */
  readonly scales?: true;
}

/** The initialiser that a program names, with the values of its attributes: `normal(0.02)`. */
export interface ChosenInitialization {
  readonly kind: string;
  readonly [attribute: string]: AttributeValue;
}

/** What operators ask for whose parameters start as the network says. */
export const USUAL_START = 'usual';

/** How the initial value of a state is made. `fanIn` and `fanOut` count connections per unit. */
export interface Initialization extends ChosenInitialization {
  readonly fanIn: number;
  readonly fanOut: number;
}

/** A uniform scalar computed by the host in f64 before a step, an expression of `lr` and `step` (counted from 1). */
export interface HostScalar {
  readonly name: string;
  readonly expression: HostExpression;
}

export type HostExpression =
  | { readonly kind: 'constant'; readonly value: number }
  | { readonly kind: 'lr' }
  | { readonly kind: 'step' }
  /** How far the schedule has brought the momentum to its lowest: 0, which is not at all, to 1. */
  | { readonly kind: 'dip' }
  | {
      readonly kind: 'binary';
      readonly operator: '+' | '-' | '*' | '/' | '**';
      readonly left: HostExpression;
      readonly right: HostExpression;
    }
  | { readonly kind: 'sqrt' | 'floor'; readonly operand: HostExpression }
  /** `yes` where left is above right, else `no`. */
  | {
      readonly kind: 'above';
      readonly left: HostExpression;
      readonly right: HostExpression;
      readonly yes: HostExpression;
      readonly no: HostExpression;
    }
  /** Of its factors at all steps up to this one, which lie between 0 and 1. */
  | { readonly kind: 'product'; readonly factor: HostExpression };

export interface Formula {
  /** One per dimension of the result, unless `output` says otherwise. */
  readonly axes: readonly Axis[];
  readonly body: Scalar;
  /**
   * Where an element goes, one index per dimension: `[o, 4*ti + r, 4*tj + s]` for a map computed in tiles. Together the
   * axes reach every element once; what lies beyond the result is not computed.
   */
  readonly output?: readonly Affine[];
  readonly shared?: SharedLoop;
}

/**
 * Neighbours with the same `loop` run in one loop over an axis of each: every one computes its part for one value of the
 * axis before the next value's turn. What they pass to each other needs room for one value of the axis only.
 */
export interface SharedLoop {
  readonly loop: string;
  /** Of this formula: an axis of the result, or of a sum over the batch. */
  readonly axis: string;
}

export type Definition =
  | { readonly kind: 'source'; readonly source: Source }
  | { readonly kind: 'formula'; readonly formula: Formula }
  | { readonly kind: 'view' };

export interface Node {
  /** Unique in its graph, without the leading `%`. */
  readonly name: string;
  readonly shape: Shape;
  readonly varying: boolean;
  readonly definition: Definition;
  readonly inputs: readonly Node[];
  /** What the value is for; several where formulas were joined. */
  readonly origins: Origins;
}

/** Why a value is wanted. A graph computes its results and nothing else. */
export type Result =
  | { readonly role: 'loss'; readonly node: Node }
  /** `finish`: what is to be made of its mean over a data set, such as `iou`; it is not measured while training. */
  | { readonly role: 'metric'; readonly name: string; readonly node: Node; readonly finish?: string }
  | { readonly role: 'output'; readonly name: string; readonly node: Node }
  | { readonly role: 'gradient'; readonly state: State; readonly node: Node }
  /** The new value of a state, stored after every node that reads the old one. */
  | { readonly role: 'assign'; readonly state: State; readonly node: Node };

export interface Graph {
  readonly name: string;
  /** In an order of execution: inputs before their users. */
  readonly nodes: readonly Node[];
  readonly results: readonly Result[];
}

export { product as elementCount } from '../common/shape.ts';

export function sourceOf(node: Node): Source | undefined {
  return node.definition.kind === 'source' ? node.definition.source : undefined;
}

export function formulaOf(node: Node): Formula | undefined {
  return node.definition.kind === 'formula' ? node.definition.formula : undefined;
}

/** The value a chain of views looks at. */
export function viewedNode(node: Node): Node {
  return node.definition.kind === 'view' ? viewedNode(node.inputs[0]!) : node;
}

/** Who uses each node, in order; users appear once per use. */
export const usersOf: (graph: Graph) => ReadonlyMap<Node, readonly Node[]> = memoize((graph) => {
  const users = new Map<Node, Node[]>();
  for (const node of graph.nodes) users.set(node, []);
  for (const node of graph.nodes) for (const input of node.inputs) users.get(input)!.push(node);
  return users;
});
