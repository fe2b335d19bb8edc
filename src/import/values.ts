/** @file What flows through an ONNX graph while it is read: constants, and features, which are steps of the network. */
import type { OnnxNode } from '../exchange/onnx/messages.ts';

/** Known before anything runs. */
export interface Constant {
  readonly shape: readonly number[];
  /** The number of images is NaN where the model takes any. */
  readonly data: ArrayLike<number>;
  /** Of the initialiser or the node that it comes from. */
  readonly name: string;
  readonly whole: boolean;
  /** It lies in the file as a tensor of its own, as parameters do. */
  readonly stored?: boolean;
}

export interface Weight {
  readonly leaf: string;
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** A number, text as the language writes it, or a list of numbers. */
export type ArgumentValue = number | string | readonly number[];

export interface Argument {
  /** Absent where it is given by place. */
  readonly name?: string;
  readonly value: ArgumentValue;
  /** What holds where nothing is said: not written. */
  readonly usual?: ArgumentValue;
}

/** One layer or one arithmetic operation of the text. */
export interface Step {
  /** `x -> word(arguments)` or, of several operands, `x -> word(y, arguments)`; `word(x, y)`, `x word y`, or an input of the network. */
  readonly form: 'input' | 'stage' | 'call' | 'infix';
  readonly word: string;
  readonly operands: readonly (Step | number)[];
  readonly arguments: readonly Argument[];
  /** Of one image. */
  readonly shape: readonly number[];
  /** Text of the `op` that `word` names, written with `NAME` in its place. */
  readonly definition?: string;
  readonly weights: readonly Weight[];
  /** What the layer is called if it has weights, `''` where the model does not say; made unique later. */
  readonly label: string;
  /** Numbers that it learns and the layer of the model does not: those stand for factors of 1 and terms of 0. */
  readonly unlearned?: number;
  readonly node?: OnnxNode;
}

export interface Network {
  readonly inputs: readonly Step[];
  readonly outputs: readonly { readonly name: string; readonly step: Step }[];
  /** Values of weights that several layers have in common, as the file says: those layers are one. Others become copies. */
  readonly shared?: ReadonlySet<ArrayLike<number>>;
}

export type Value = Constant | Step;

export function isStep(value: Value | number): value is Step {
  return typeof value === 'object' && 'form' in value;
}

/** Why a node has no counterpart; caught where nodes are counted. */
export class Refusal extends Error {}

export function refuse(reason: string): never {
  throw new Refusal(reason);
}

export const same = (left: readonly number[], right: readonly number[]): boolean =>
  left.length === right.length && left.every((size, k) => Object.is(size, right[k]));

/** The one number that a constant is everywhere, if it is. */
export function uniform({ data }: Constant): number | undefined {
  const first = data[0];
  for (let k = 1; k < data.length; k++) if (data[k] !== first) return undefined;
  return first;
}

export function floats(data: ArrayLike<number>): Float32Array {
  return data instanceof Float32Array ? data : Float32Array.from(data);
}
