/** @file Operators that move values without computing: views, parts of a tensor, and tensors joined. */
import { printShape } from '../common/shape.ts';
import { elementCount, type Node } from '../ir/graph.ts';
import { integer, list, optional } from '../specs/attributes.ts';
import { AXIS, axisOf, lettersOf } from './axes.ts';
import { defineOperator, type OperatorContext } from './operator.ts';

export const flatten = defineOperator({
  name: 'flatten',
  summary: 'The elements of a map as a vector, in C, H, W order. Costs nothing: it is the same memory.',
  formula: 'y[c*h*w + i*w + j] = x[c, i, j]',
  kind: 'layer',
  inputs: 1,
  attributes: {},
  example: 'features -> flatten -> dense(10)',
  traits: { keeps: 'numbers' },
  build: (context) => context.view(context.inputs[0]!, [elementCount(context.inputs[0]!.shape)]),
});

export const reshape = defineOperator({
  name: 'reshape',
  summary: 'The same elements in the same order under another shape. Costs nothing: it is the same memory.',
  formula: 'y[k] = x[k], both counted in row-major order',
  kind: 'layer',
  inputs: 1,
  attributes: { shape: list(integer({ minimum: 1, doc: 'an extent' }), { doc: 'the new shape, channels first' }) },
  example: 'noise -> dense(256) -> reshape([16, 4, 4])',
  traits: { keeps: 'numbers' },
  build(context) {
    const { shape } = context.inputs[0]!;
    const wanted = context.attributes.shape;
    if (wanted.length < 1 || wanted.length > 4)
      context.fail({
        code: 'CNN3102',
        message: `a tensor has one to four dimensions, found ${wanted.length}`,
        attribute: 'shape',
        help: 'join dimensions that lie side by side',
      });
    const [before, after] = [elementCount(shape), elementCount(wanted)];
    if (before !== after)
      context.fail({
        code: 'CNN3102',
        message: `${printShape(shape)} has ${before} elements and ${printShape(wanted)} has ${after}`,
        attribute: 'shape',
        help: 'the product of the numbers must stay the same',
      });
    return context.view(context.inputs[0]!, wanted);
  },
});

export const permute = defineOperator({
  name: 'permute',
  summary: 'The dimensions in another order: dimension k of the result is dimension `order[k]` of the input.',
  formula: 'y[i, j, c] = x[c, i, j] for order [1, 2, 0]',
  kind: 'layer',
  inputs: 1,
  attributes: {
    order: list(integer({ minimum: 0, doc: 'a dimension' }), {
      doc: 'numbers of the dimensions of the input, counted from 0',
    }),
  },
  example: 'features -> permute([1, 2, 0])',
  traits: { keeps: 'numbers' },
  build(context) {
    const { shape } = context.inputs[0]!;
    const order = context.attributes.order;
    if (order.length !== shape.length || shape.some((_, k) => !order.includes(k)))
      context.fail({
        code: 'CNN3103',
        message: `${printShape(order)} is not an order of the ${shape.length} dimensions of ${printShape(shape)}`,
        attribute: 'order',
        help: `name each of 0 to ${shape.length - 1} once`,
      });
    const letters = lettersOf(shape).split(', ');
    const permuted = order.map((k) => letters[k]).join(', ');
    return context.apply(`op permute(x[${letters.join(', ')}]) -> y[${permuted}] = x[${letters.join(', ')}]`, [
      context.inputs[0]!,
    ]);
  },
});

/** The elements `from`, `from + step`, … of one dimension. */
function part(context: OperatorContext, axis: number, from: number, step: number, count: number): Node {
  const { shape } = context.inputs[0]!;
  const read = lettersOf(shape, axis, 'first + step * k');
  const text = `op part(x[${lettersOf(shape, axis, 'n')}]) -> y[${lettersOf(shape, axis, 'k')}] = x[${read}]`;
  return context.apply(text, context.inputs, { constants: { first: from, step }, extents: { k: count } });
}

export const slice = defineOperator({
  name: 'slice',
  summary: 'The elements `from` to before `to` of one dimension, every `step`-th.',
  formula: 'y[c, i, j] = x[from + step * c, i, j]',
  kind: 'layer',
  inputs: 1,
  attributes: {
    from: integer({ minimum: 0, doc: 'the first element, counted from 0' }),
    to: optional(integer({ byPlace: true, minimum: 1, doc: 'the first element beyond; the end if left out' })),
    axis: AXIS,
    step: integer({ minimum: 1, default: 1, doc: 'distance of the elements' }),
  },
  example: 'features -> slice(0, 16)',
  traits: { keeps: 'range' },
  build(context) {
    const { shape } = context.inputs[0]!;
    const axis = axisOf(context, 'slice', shape);
    const extent = shape[axis]!;
    const from = context.attributes.from;
    const to = context.attributes.to ?? extent;
    const step = context.attributes.step;
    context.resolves({ to });
    if (from >= to || to > extent)
      context.fail({
        code: 'CNN3104',
        message: `elements along the ${context.attributes.axis} are numbered from 0 to ${extent - 1}, found a slice from ${from} to ${to}`,
        attribute: to > extent ? 'to' : 'from',
        help: `\`to\` is the first that is left out: above ${from}, ${extent} at most`,
      });
    return part(context, axis, from, step, Math.ceil((to - from) / step));
  },
});

export const split = defineOperator({
  name: 'split',
  summary: 'One of several equal parts of a dimension: `x -> split(2, 0)` and `x -> split(2, 1)` are the halves of x.',
  formula: 'y[c, i, j] = x[part * channels / parts + c, i, j]',
  kind: 'layer',
  inputs: 1,
  attributes: {
    parts: integer({ minimum: 1, doc: 'number of equal parts' }),
    part: integer({ minimum: 0, doc: 'which of them, counted from 0' }),
    axis: AXIS,
  },
  example: 'features -> split(2, 0)',
  traits: { keeps: 'range' },
  build(context) {
    const { shape } = context.inputs[0]!;
    const axis = axisOf(context, 'split', shape);
    const { parts, part: wanted } = context.attributes;
    const extent = shape[axis]!;
    if (extent % parts !== 0)
      context.fail({
        code: 'CNN3105',
        message: `${extent} ${context.attributes.axis} do not split into ${parts} equal parts`,
        attribute: 'parts',
        help: 'choose a number that divides them, or take unequal parts with `slice`',
      });
    if (wanted >= parts)
      context.fail({
        code: 'CNN3104',
        message: `there is no part ${wanted} of ${parts}`,
        attribute: 'part',
        help: `parts are counted from 0 to ${parts - 1}`,
      });
    const size = extent / parts;
    return part(context, axis, wanted * size, 1, size);
  },
});

export const concat = defineOperator({
  name: 'concat',
  summary: 'Several tensors one after the other, along their channels or another dimension; all the rest must agree.',
  formula: 'y[c, i, j] = a[c, i, j] + b[c - channels(a), i, j], out of range being 0',
  kind: 'layer',
  inputs: 'many',
  attributes: { axis: AXIS },
  example: 'concat(a, b, c)',
  traits: { keeps: 'range' },
  build(context) {
    const { inputs } = context;
    const { shape } = inputs[0]!;
    const axis = axisOf(context, 'concat', shape);
    for (const input of inputs)
      if (input.shape.length !== shape.length || shape.some((extent, k) => k !== axis && extent !== input.shape[k]))
        context.fail({
          code: 'CNN3006',
          message: `\`concat\` needs maps of one size, found ${inputs.map((other) => printShape(other.shape)).join(', ')}`,
          help:
            axis === 0
              ? 'only the first number, the channels, may differ'
              : `only the ${context.attributes.axis} may differ`,
        });
    // What lies behind the joined dimension of channels is one run of memory.
    const merges = axis === 0 && shape.length > 1;
    const operands = inputs.map((input) =>
      merges ? context.view(input, [input.shape[0]!, elementCount(input.shape.slice(1))]) : input,
    );
    const total = operands.reduce((sum, operand) => sum + operand.shape[axis]!, 0);
    const y = joined(context, operands, axis, total);
    return context.view(y, [...shape.slice(0, axis), total, ...shape.slice(axis + 1)]);
  },
});

function joined(context: OperatorContext, operands: readonly Node[], axis: number, total: number): Node {
  const { shape } = operands[0]!;
  let before = 0;
  const terms = operands.map((operand, k) => {
    const term = `x${k}[${lettersOf(shape, axis, `k - ${before}`)}]`;
    before += operand.shape[axis]!;
    return term;
  });
  const head = operands.map((_, k) => `x${k}[${lettersOf(shape, axis, `k${k}`)}]`).join(', ');
  const text = `op concat(${head}) -> y[${lettersOf(shape, axis, 'k')}] = ${terms.join(' + ')}`;
  return context.apply(text, operands, { name: 'flat', extents: { k: total } });
}
