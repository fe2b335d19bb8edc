/**
 * @file Transposed convolution: the gradient of a convolution by its input, as a layer of its own. Every pixel of the input
 * puts a weighted kernel onto the result; read from the result, an index is divided by the stride and must come out even.
 */

import { product } from '../common/shape.ts';
import { USUAL_START } from '../ir/graph.ts';
import { integer, type PaddingValue, padding, type Sides, type Sizes, sizes } from '../specs/attributes.ts';
import { requireGroups } from './channel-groups.ts';
import { BIAS, GROUPS } from './conv.ts';
import { type MapAxes, mapAxes } from './map-axes.ts';
import { defineOperator, type OperatorContext } from './operator.ts';
import { KERNEL, resolvePadding } from './window.ts';

export const convtranspose = defineOperator({
  name: 'convtranspose',
  summary:
    'Transposed convolution, which makes maps larger by its stride. The weight is [input channels, channels / groups, ' +
    'kernel height, kernel width], as in PyTorch.',
  formula: 'y[o, i, j] = b[o] + sum(c, p, q) x[c, (i + P - d*p) / s, (j + P - d*q) / s] * w[c, o, p, q]',
  kind: 'layer',
  inputs: 1,
  attributes: {
    channels: integer({ minimum: 1, doc: 'output channels' }),
    kernel: KERNEL,
    stride: sizes({ minimum: 1, default: [1], doc: 'distance of the kernels on the result' }),
    pad: padding({
      words: ['valid', 'same', 'full'],
      default: 'valid',
      doc:
        'what is cut off the sides of the result: that of the convolution which this one undoes. `valid` (nothing), `same` ' +
        '(the result is input * stride), `full`, a number, a pair `2x1`, `[top, left, bottom, right]`, or of a signal `[left, right]`, a causal one `[0, kernel - stride]`',
    }),
    dilation: sizes({ minimum: 1, default: [1], doc: 'distance between the taps of the kernel' }),
    groups: GROUPS,
    bias: BIAS,
    output_padding: sizes({
      minimum: 0,
      default: [0],
      doc: 'rows and columns added at the bottom and right of the result: which of the sizes that the stride cannot tell apart is meant',
    }),
  },
  example: 'features -> convtranspose(16, 4x4, stride: 2, pad: 1)',
  build(context) {
    const map = mapAxes(context, 'convtranspose');
    const { channels } = map;
    const { channels: outputs, groups, stride, dilation, kernel } = context.attributes;
    requireGroups(context, channels, outputs, groups);
    checkOutputPadding(context);
    const { output, pad } = placement(context, map);
    const taps = product(kernel);
    const [perGroup, outputsPerGroup] = [channels / groups, outputs / groups];
    // Of the kernels that reach a place, one in stride * stride has a tap for it.
    const reaching = Math.max(1, (perGroup * taps) / product(stride));
    const fan = { fanIn: reaching, fanOut: outputsPerGroup * taps };
    const weight = context.parameter('weight', [channels, outputsPerGroup, ...kernel], { kind: USUAL_START, ...fan });
    const bias = context.attributes.bias ? [context.parameter('bias', [outputs], { kind: 'zeros', ...fan })] : [];
    const options = {
      constants: map.values({ s: stride, d: dilation, before: map.before(pad) }),
      extents: map.values({ i: output }),
    };
    const operands = [context.inputs[0]!, weight, ...bias];
    if (groups === 1) return context.apply(formulaText(map, '', bias.length > 0), operands, options);
    const grouped = operands.map((operand) =>
      context.view(operand, [groups, operand.shape[0]! / groups, ...operand.shape.slice(1)]),
    );
    const y = context.apply(formulaText(map, 'g, ', bias.length > 0), grouped, { ...options, name: 'grouped' });
    return context.view(y, [outputs, ...output]);
  },
});

function formulaText(map: MapAxes, group: string, hasBias: boolean): string {
  const kernel = `k[${group}c, o, ${map.each('p')}]`;
  const head = `op convtranspose(x[${group}c, ${map.each('h')}], ${kernel}${hasBias ? `, b[${group}o]` : ''})`;
  const taps = `x[${group}c, ${map.each('(i + before - d*p)/s')}] * ${kernel}`;
  const bias = hasBias ? `b[${group}o] + ` : '';
  return `${head} -> y[${group}o, ${map.each('i')}] = ${bias}sum(c, ${map.each('p')}) ${taps}`;
}

type Placement = { kernel: Sizes; stride: Sizes; dilation: Sizes; pad: PaddingValue; output_padding: Sizes };

/** A convolution that steps by s gives the same for s sizes of its input, no more; rows beyond are reached by no kernel. */
function checkOutputPadding(context: OperatorContext<Placement>): void {
  const { stride, output_padding: added } = context.attributes;
  if (added.every((size, k) => size < stride[k]!)) return;
  context.fail({
    code: 'CNN2024',
    message: `\`output_padding\` must be less than the stride, found ${added.join('x')} with a stride of ${stride.join('x')}`,
    attribute: 'output_padding',
    help: 'it chooses among the sizes that the stride cannot tell apart; write `pad` behind the layer for a larger border',
  });
}

/** Where the kernels lie: the size of the result, and what is cut off its sides. */
function placement(context: OperatorContext<Placement>, map: MapAxes): { output: Sizes; pad: Sides } {
  const { kernel, stride, dilation, pad: wanted, output_padding: added } = context.attributes;
  // The convolution that this one undoes has our result as its input.
  const whole = map.sizes.map((size, k) => size * stride[k]!);
  const pad = resolvePadding(wanted, kernel, stride, dilation, whole);
  const [before, after] = [map.before(pad), map.after(pad)];
  // Without `output_padding`.
  const plain = map.sizes.map(
    (size, k) => (size - 1) * stride[k]! + dilation[k]! * (kernel[k]! - 1) + 1 - before[k]! - after[k]!,
  );
  // `same` keeps places that no kernel reaches where the stride is the larger.
  const base = wanted === 'same' ? whole : plain;
  const output = base.map((size, k) => size + added[k]!);
  if (Math.min(...output) < 1)
    context.fail({
      code: 'CNN3031',
      message: `a padding of ${pad.join(', ')} leaves nothing of the result of this \`convtranspose\``,
      attribute: 'pad',
      help: 'padding is cut off the result of a transposed convolution; cut off less',
    });
  context.resolves({ pad, output_padding: output.map((size, k) => size - plain[k]!) });
  return { output, pad };
}
