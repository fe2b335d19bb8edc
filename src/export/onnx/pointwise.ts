/** @file Pointwise functions in ONNX: those that it has by name; the others are written in simpler ones. */
import type { Comparison, Scalar } from '../../ir/scalar.ts';
import { type AttributeEntries, float, type GraphWriter, type Value } from './graph-writer.ts';
import { broadcastShape, elementwise } from './nodes.ts';

/** `given`: the arguments that are constants, as numbers. Undefined where the expansion of the function must do. */
type Written = (
  writer: GraphWriter,
  args: readonly Value[],
  given: readonly (number | undefined)[],
) => Value | undefined;

const by =
  (opType: string): Written =>
  (writer, args) =>
    elementwise(writer, opType, args);

const unary = (writer: GraphWriter, opType: string, x: Value, attributes: AttributeEntries = {}): Value =>
  writer.emit(opType, [x], { shape: x.shape, attributes });

/** A function of one value whose other argument is an attribute. */
const setBy =
  (opType: string, attribute: string): Written =>
  (writer, [x], [, value]) =>
    value === undefined ? undefined : unary(writer, opType, x!, { [attribute]: float(value) });

/** From here on log(1 + e^x) is x in f32. */
const LINEAR = 17;

const softplus: Written = (writer, [x, beta], [, sharpness, threshold]) => {
  if (threshold === undefined || threshold < LINEAR) return undefined;
  if (sharpness === 1) return unary(writer, 'Softplus', x!);
  const bent = unary(writer, 'Softplus', elementwise(writer, 'Mul', [x!, beta!]));
  return elementwise(writer, 'Div', [bent, beta!]);
};

const FUNCTIONS: Readonly<Record<string, Written>> = {
  exp: by('Exp'),
  log: by('Log'),
  sqrt: by('Sqrt'),
  abs: by('Abs'),
  tanh: by('Tanh'),
  erf: by('Erf'),
  sigmoid: by('Sigmoid'),
  relu: by('Relu'),
  pow: by('Pow'),
  max: by('Max'),
  min: by('Min'),
  softsign: by('Softsign'),
  hardswish: by('HardSwish'),
  selu: by('Selu'),
  detach: (_, [x]) => x,
  relu6: (writer, [x]) => elementwise(writer, 'Clip', [x!, writer.number(0), writer.number(6)]),
  leakyrelu: setBy('LeakyRelu', 'alpha'),
  elu: setBy('Elu', 'alpha'),
  celu: setBy('Celu', 'alpha'),
  hardsigmoid: (writer, [x]) => unary(writer, 'HardSigmoid', x!, { alpha: float(1 / 6), beta: float(0.5) }),
  softplus,
  tanh_softplus: (writer, [x]) => unary(writer, 'Tanh', unary(writer, 'Softplus', x!)),
};

export function writtenCall(
  writer: GraphWriter,
  name: string,
  args: readonly Value[],
  scalars: readonly Scalar[],
): Value | undefined {
  const given = scalars.map((scalar) => (scalar.kind === 'constant' ? scalar.value : undefined));
  return FUNCTIONS[name]?.(writer, args, given);
}

const COMPARISONS: Readonly<Record<Comparison, string>> = {
  '<': 'Less',
  '<=': 'LessOrEqual',
  '>': 'Greater',
  '>=': 'GreaterOrEqual',
  '==': 'Equal',
  '!=': 'Equal',
};

export function compared(writer: GraphWriter, comparison: Comparison, left: Value, right: Value): Value {
  const shape = broadcastShape([left, right]);
  const found = writer.emit(COMPARISONS[comparison], [left, right], { shape, element: 'bool' });
  return comparison === '!=' ? writer.emit('Not', [found], { shape, element: 'bool' }) : found;
}
