/**
 * @file Transposed convolution: the gradient of a convolution by its input, as a layer of its own. Every pixel of the input
 * puts a weighted kernel onto the result; read from the result, an index is divided by the stride and must come out even.
 */

import { USUAL_START } from '../ir/graph.ts';
import { integer, type PaddingValue, type Pair, padding, pair, type Sides } from '../specs/attributes.ts';
import { requireGroups } from './channel-groups.ts';
import { BIAS, GROUPS } from './conv.ts';
import { defineOperator, type OperatorContext } from './operator.ts';
import { KERNEL, mapShape, resolvePadding } from './window.ts';

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
    stride: pair({ minimum: 1, default: [1, 1], doc: 'distance of the kernels on the result' }),
    pad: padding({
      default: 'valid',
      doc:
        'what is cut off the sides of the result: that of the convolution which this one undoes. `valid` (nothing), `same` ' +
        '(the result is input * stride), `full`, a number, a pair `2x1`, or `[top, left, bottom, right]`',
    }),
    dilation: pair({ minimum: 1, default: [1, 1], doc: 'distance between the taps of the kernel' }),
    groups: GROUPS,
    bias: BIAS,
    output_padding: pair({
      minimum: 0,
      default: [0, 0],
      doc: 'rows and columns added at the bottom and right of the result: which of the sizes that the stride cannot tell apart is meant',
    }),
  },
  example: 'features -> convtranspose(16, 4x4, stride: 2, pad: 1)',
  build(context) {
    const [channels] = mapShape(context, 'convtranspose');
    const { channels: outputs, groups, stride, dilation, kernel } = context.attributes;
    requireGroups(context, channels, outputs, groups);
    checkOutputPadding(context);
    const { output, pad } = placement(context);
    const [kh, kw] = kernel;
    const [perGroup, outputsPerGroup] = [channels / groups, outputs / groups];
    // Of the kernels that reach a place, one in stride * stride has a tap for it.
    const reaching = Math.max(1, (perGroup * kh * kw) / (stride[0] * stride[1]));
    const fan = { fanIn: reaching, fanOut: outputsPerGroup * kh * kw };
    const weight = context.parameter('weight', [channels, outputsPerGroup, kh, kw], { kind: USUAL_START, ...fan });
    const bias = context.attributes.bias ? [context.parameter('bias', [outputs], { kind: 'zeros', ...fan })] : [];
    const [sv, sh] = stride;
    const [dv, dh] = dilation;
    const options = {
      constants: { sv, sh, dv, dh, top: pad[0], left: pad[1] },
      extents: { i: output[0], j: output[1] },
    };
    const operands = [context.inputs[0]!, weight, ...bias];
    if (groups === 1) return context.apply(formulaText('', bias.length > 0), operands, options);
    const grouped = operands.map((operand) =>
      context.view(operand, [groups, operand.shape[0]! / groups, ...operand.shape.slice(1)]),
    );
    const y = context.apply(formulaText('g, ', bias.length > 0), grouped, { ...options, name: 'grouped' });
    return context.view(y, [outputs, ...output]);
  },
});

function formulaText(group: string, hasBias: boolean): string {
  const head = `op convtranspose(x[${group}c, h, w], k[${group}c, o, p, q]${hasBias ? `, b[${group}o]` : ''})`;
  const taps = `x[${group}c, (i + top - dv*p)/sv, (j + left - dh*q)/sh] * k[${group}c, o, p, q]`;
  return `${head} -> y[${group}o, i, j] = ${hasBias ? `b[${group}o] + ` : ''}sum(c, p, q) ${taps}`;
}

type Placement = { kernel: Pair; stride: Pair; dilation: Pair; pad: PaddingValue; output_padding: Pair };

/** A convolution that steps by s gives the same for s sizes of its input, no more; rows beyond are reached by no kernel. */
function checkOutputPadding(context: OperatorContext<Placement>): void {
  const { stride, output_padding: added } = context.attributes;
  if (added[0] < stride[0] && added[1] < stride[1]) return;
  context.fail({
    code: 'CNN2024',
    message: `\`output_padding\` must be less than the stride, found ${added.join('x')} with a stride of ${stride.join('x')}`,
    attribute: 'output_padding',
    help: 'it chooses among the sizes that the stride cannot tell apart; write `pad` behind the layer for a larger border',
  });
}

/** Where the kernels lie: the size of the result, and what is cut off its sides. */
function placement(context: OperatorContext<Placement>): { output: Pair; pad: Sides } {
  const [, height, width] = context.inputs[0]!.shape as readonly [number, number, number];
  const { kernel, stride, dilation, pad: wanted, output_padding: added } = context.attributes;
  // The convolution that this one undoes has our result as its input.
  const pad = resolvePadding(wanted, kernel, stride, dilation, [height * stride[0], width * stride[1]]);
  // Without `output_padding`.
  const sizeOf = (d: 0 | 1, size: number) =>
    (size - 1) * stride[d] + dilation[d] * (kernel[d] - 1) + 1 - pad[d] - pad[d + 2]!;
  const plain: Pair = [sizeOf(0, height), sizeOf(1, width)];
  // `same` keeps places that no kernel reaches where the stride is the larger.
  const base: Pair = wanted === 'same' ? [height * stride[0], width * stride[1]] : plain;
  const output: Pair = [base[0] + added[0], base[1] + added[1]];
  if (Math.min(...output) < 1)
    context.fail({
      code: 'CNN3031',
      message: `a padding of ${pad.join(', ')} leaves nothing of the result of this \`convtranspose\``,
      attribute: 'pad',
      help: 'padding is cut off the result of a transposed convolution; cut off less',
    });
  context.resolves({ pad, output_padding: [output[0] - plain[0], output[1] - plain[1]] });
  return { output, pad };
}
