/** @file What an operator of the language is told when it is to be written in ONNX. */
import type { Shape } from '../../ir/graph.ts';
import type { Layer } from '../../semantics/model.ts';
import { BATCH, type Emission, type GraphWriter, type Value } from './graph-writer.ts';

export interface Application {
  readonly writer: GraphWriter;
  readonly layer: Layer;
  /** What it computes with, once for each image. */
  readonly inputs: readonly Value[];
  /** A parameter or running statistic by its leaf; undefined where the layer has none. */
  state(leaf: string): Value | undefined;
}

/** The result; undefined where the formulas of the layer must do. */
export type Writer = (application: Application) => Value | undefined;

type Attribute = number | boolean | string | readonly number[] | undefined;

export function attribute<Kind extends Attribute>({ layer }: Application, name: string): Kind {
  return layer.resolved[name] as Kind;
}

export const shapeOf = ({ inputs }: Application, k = 0): Shape => inputs[k]!.extents;

/** A node whose result has the shape of the layer's. */
export function result(
  application: Application,
  opType: string,
  inputs: readonly (Value | undefined)[],
  attributes: Emission['attributes'] = {},
): Value {
  return application.writer.emit(opType, inputs, {
    shape: [BATCH, ...application.layer.output.shape],
    attributes,
  });
}

/** A node whose result has these extents. */
export function step(
  { writer }: Application,
  opType: string,
  inputs: readonly (Value | undefined)[],
  extents: readonly number[],
  attributes: Emission['attributes'] = {},
): Value {
  return writer.emit(opType, inputs, { shape: [BATCH, ...extents], attributes });
}
