/** @file What an operator of the language is told when it is to be written in Python. */
import type { Shape } from '../../ir/graph.ts';
import type { Layer } from '../../semantics/model.ts';
import type { Code } from './code.ts';

export interface Application {
  readonly layer: Layer;
  /** What it computes with, each broadcast as the language says. */
  readonly operands: readonly Code[];
  /** Shapes of the values among the operands, without the batch. */
  readonly shapes: readonly Shape[];
  /** The module that owns the layer's parameters, made by `made`; an expression that reaches it. */
  owned(made: Code): Code;
  /** A function of the file that is written out once, from its text; its name. */
  helper(name: string): string;
}

/** The expression of the result. */
export type Writer = (application: Application) => Code;

export const first = ({ operands }: Application): Code => operands[0]!;

type Attribute = number | boolean | string | readonly number[] | undefined;

export function attribute<Value extends Attribute>({ layer }: Application, name: string): Value {
  return layer.resolved[name] as Value;
}
