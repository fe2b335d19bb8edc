/** @file Every operator, by name. Adding one is a file, a line here and its samples in the tests. */
import { accuracy, topk } from './accuracy.ts';
import {
  celu,
  elu,
  gelu,
  hardsigmoid,
  hardswish,
  hardtanh,
  leakyrelu,
  mish,
  prelu,
  relu,
  relu6,
  selu,
  sigmoid,
  silu,
  softplus,
  softsign,
  tanh,
} from './activations.ts';
import { adaptiveavgpool, adaptivemaxpool } from './adaptive-pooling.ts';
import { add, div, mul, sub } from './arithmetic.ts';
import { batchnorm } from './batchnorm.ts';
import { confusion, iou, recall } from './confusion.ts';
import { conv, depthwise } from './conv.ts';
import { convtranspose } from './convtranspose.ts';
import { crossentropy } from './crossentropy.ts';
import { dense } from './dense.ts';
import { dropout, spatialdropout, stochasticdepth } from './dropout.ts';
import { bce, huber, mae } from './errors.ts';
import { focal } from './focal.ts';
import { hinge } from './hinge.ts';
import { kldiv } from './kldiv.ts';
import { local } from './local.ts';
import { lppool } from './lppool.ts';
import { lrn } from './lrn.ts';
import { mse } from './mse.ts';
import { groupnorm, instancenorm, layernorm } from './norms.ts';
import type { OperatorDefinition } from './operator.ts';
import { crop, pad } from './pad.ts';
import { avgpool, globalavgpool, globalmaxpool, maxpool } from './pooling.ts';
import { mean, sum, variance } from './reductions.ts';
import { concat, flatten, permute, reshape, slice, split } from './shapes.ts';
import { channelshuffle, pixelshuffle, pixelunshuffle } from './shuffle.ts';
import { logsoftmax, softmax } from './softmax.ts';
import { upsample } from './upsample.ts';

export const OPERATORS: readonly OperatorDefinition[] = [
  conv,
  depthwise,
  convtranspose,
  local,
  dense,
  maxpool,
  avgpool,
  lppool,
  adaptivemaxpool,
  adaptiveavgpool,
  globalmaxpool,
  globalavgpool,
  pad,
  crop,
  upsample,
  flatten,
  reshape,
  permute,
  slice,
  split,
  concat,
  channelshuffle,
  pixelshuffle,
  pixelunshuffle,
  add,
  sub,
  mul,
  div,
  sum,
  mean,
  variance,
  batchnorm,
  layernorm,
  groupnorm,
  instancenorm,
  lrn,
  dropout,
  spatialdropout,
  stochasticdepth,
  relu,
  relu6,
  leakyrelu,
  prelu,
  elu,
  selu,
  celu,
  gelu,
  silu,
  mish,
  hardswish,
  hardsigmoid,
  hardtanh,
  sigmoid,
  tanh,
  softplus,
  softsign,
  softmax,
  logsoftmax,
  crossentropy,
  mse,
  mae,
  huber,
  bce,
  hinge,
  focal,
  kldiv,
  accuracy,
  topk,
  confusion,
  recall,
  iou,
];

const BY_NAME: ReadonlyMap<string, OperatorDefinition> = new Map(
  OPERATORS.map((operator) => [operator.name, operator]),
);

export function findOperator(name: string): OperatorDefinition | undefined {
  return BY_NAME.get(name);
}
