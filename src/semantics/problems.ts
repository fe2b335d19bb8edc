/** @file How the semantics reports: a diagnostic is thrown where it is found and collected at the statement. */

import { nearest } from '../common/nearest.ts';
import { type DiagnosticCode, type DiagnosticDetails, diagnostic } from '../diagnostics/catalogue.ts';
import { DiagnosticError, type Fix, type Span } from '../diagnostics/diagnostic.ts';

/** Something depends on a value about which something has been said already. */
export class KnownFailure extends Error {
  override readonly name = 'KnownFailure';
}

export function fail(
  code: DiagnosticCode,
  message: string,
  span: Span | undefined,
  details: Omit<DiagnosticDetails, 'span'> = {},
): never {
  throw new DiagnosticError(diagnostic(code, message, { ...details, ...(span && { span }) }));
}

export function help(message: string): { readonly fix: Fix } {
  return { fix: { message } };
}

/** What other frameworks call our attributes and layers. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  padding: 'pad',
  strides: 'stride',
  filters: 'channels',
  out_channels: 'channels',
  kernel_size: 'kernel',
  pool_size: 'kernel',
  out_features: 'units',
  neurons: 'units',
  use_bias: 'bias',
  p: 'rate',
  probability: 'rate',
  negative_slope: 'slope',
  learning_rate: 'lr',
  decay: 'weight_decay',
  glorot: 'xavier_normalized',
  he: 'kaiming',
  conv2d: 'conv',
  convtranspose2d: 'convtranspose',
  conv_transpose: 'convtranspose',
  deconv: 'convtranspose',
  locallyconnected2d: 'local',
  padding_mode: 'mode',
  zeropad2d: 'pad',
  reflectionpad2d: 'pad',
  centercrop: 'crop',
  cropping2d: 'crop',
  adaptiveavgpool2d: 'adaptiveavgpool',
  adaptivemaxpool2d: 'adaptivemaxpool',
  lppool2d: 'lppool',
  count_include_pad: 'count_padding',
  ceil_mode: 'ceil',
  linear: 'dense',
  fc: 'dense',
  maxpool2d: 'maxpool',
  avgpool2d: 'avgpool',
  bn: 'batchnorm',
  batchnorm2d: 'batchnorm',
  depthwiseconv2d: 'depthwise',
  dropout2d: 'spatialdropout',
  stochastic_depth: 'stochasticdepth',
  droppath: 'stochasticdepth',
  drop_path: 'stochasticdepth',
  layer_norm: 'layernorm',
  group_norm: 'groupnorm',
  num_groups: 'groups',
  instancenorm2d: 'instancenorm',
  localresponsenorm: 'lrn',
  depth_multiplier: 'multiplier',
  gap: 'globalavgpool',
  cross_entropy: 'crossentropy',
  swish: 'silu',
  hard_swish: 'hardswish',
  hard_sigmoid: 'hardsigmoid',
  leaky_relu: 'leakyrelu',
  log_softmax: 'logsoftmax',
  num_parameters: 'shared',
  cat: 'concat',
  concatenate: 'concat',
  chunk: 'split',
  chunks: 'parts',
  view: 'reshape',
  transpose: 'permute',
  interpolate: 'upsample',
  resize: 'upsample',
  upsampling2d: 'upsample',
  scale_factor: 'factor',
  upscale_factor: 'factor',
  downscale_factor: 'factor',
  depth_to_space: 'pixelshuffle',
  space_to_depth: 'pixelunshuffle',
  pixel_shuffle: 'pixelshuffle',
  channel_shuffle: 'channelshuffle',
  var: 'variance',
  keepdim: 'keepdims',
  dim: 'axis',
};

/** An edit to the nearest of the candidates, or else a list of them. */
export function didYouMean(
  word: string,
  candidates: readonly string[],
  span: Span | undefined,
  otherwise = candidates.length > 0 ? `there is ${listed(candidates)}` : undefined,
): { readonly fix?: Fix } {
  const other = OTHER_NAMES[word];
  const meant = other && candidates.includes(other) ? other : nearest(word, candidates);
  if (meant) return { fix: { message: `did you mean \`${meant}\`?`, ...(span && { span, replacement: meant }) } };
  return otherwise ? help(otherwise) : {};
}

/** `a`, `b` or `c` */
export function listed(words: readonly string[], conjunction = 'and'): string {
  const quoted = words.map((word) => `\`${word}\``);
  return quoted.length < 2 ? quoted.join('') : `${quoted.slice(0, -1).join(', ')} ${conjunction} ${quoted.at(-1)}`;
}
