/** @file Layers in PyTorch: each operator as the module or function that a user of PyTorch would have written. */
import { product } from '../../common/shape.ts';
import { mapAxisCount, mapKind } from '../../ops/map-axes.ts';
import type { Sides, Sizes } from '../../specs/attributes.ts';
import { type Application, attribute, first, type Writer } from './application.ts';
import { type Code, code, enclosed, hole, listed, literal, option, shapeHole, tuple } from './code.ts';

/** `2d` of what works on maps, `1d` on signals. */
const kindOf = ({ shapes }: Application) => `${mapAxisCount(shapes[0]!)}d`;

const beforeOf = (pad: Sides): Sizes => pad.slice(0, pad.length / 2);
const afterOf = (pad: Sides): Sizes => pad.slice(pad.length / 2);

/** `F.pad` counts from the last dimension. */
const padText = (pad: Sides) =>
  tuple(
    beforeOf(pad)
      .flatMap((side, axis) => [[side, afterOf(pad)[axis]!]])
      .reverse()
      .flat(),
  );

const isEven = (pad: Sides) => beforeOf(pad).join() === afterOf(pad).join();

const MODES: Readonly<Record<string, string>> = { reflect: 'reflect', replicate: 'replicate', circular: 'circular' };

const modeText = (mode: string | undefined) => (mode && MODES[mode] ? `, mode="${MODES[mode]}"` : '');

/** `x[:, :, 2:5, 1:4]`: the places along each axis. */
const placesText = (ranges: readonly string[]) => `[:, :, ${ranges.join(', ')}]`;

function convolution(application: Application): Code {
  const { layer, shapes } = application;
  const [channels] = shapes[0]!;
  const depthwise = layer.operator === 'depthwise';
  const outputs = depthwise
    ? channels! * attribute<number>(application, 'multiplier')
    : attribute<number>(application, 'channels');
  const pad = attribute<Sides>(application, 'pad');
  const mode = attribute<string>(application, 'mode');
  const even = isEven(pad);
  const made = code`nn.Conv${kindOf(application)}(${hole('in_channels', channels!)}, ${hole('channels', outputs)}, ${windowText(application, 'kernel')}${option(
    'stride',
    attribute<Sizes>(application, 'stride'),
    1,
  )}${even ? option('padding', beforeOf(pad), 0) : []}${option('dilation', attribute<Sizes>(application, 'dilation'), 1)}${option(
    'groups',
    depthwise ? channels! : attribute<number>(application, 'groups'),
    1,
  )}${option('bias', attribute<boolean>(application, 'bias'), true)}${even && mode !== 'zeros' && pad.some(Boolean) ? `, padding_mode="${MODES[mode]}"` : ''})`;
  const x = even ? first(application) : code`F.pad(${first(application)}, ${padText(pad)}${modeText(mode)})`;
  return code`${application.owned(made)}(${x})`;
}

function windowText(application: Application, name: string): Code {
  return hole(name === 'kernel' ? 'kernel_size' : name, attribute<Sizes>(application, name));
}

function transposed(application: Application): Code {
  const { layer, shapes } = application;
  const [channels, ...map] = shapes[0]!;
  const [stride, dilation, kernel, added] = ['stride', 'dilation', 'kernel', 'output_padding'].map((name) =>
    attribute<Sizes>(application, name),
  ) as [Sizes, Sizes, Sizes, Sizes];
  const pad = attribute<Sides>(application, 'pad');
  const common = (padding: Sizes, extra: Sizes) =>
    code`nn.ConvTranspose${kindOf(application)}(${hole('in_channels', channels!)}, ${hole('channels', attribute<number>(application, 'channels'))}, ${hole('kernel_size', kernel)}${option('stride', stride, 1)}${option('padding', padding, 0)}${option('output_padding', extra, 0)}${option('groups', attribute<number>(application, 'groups'), 1)}${option('bias', attribute<boolean>(application, 'bias'), true)}${option('dilation', dilation, 1)})`;
  const plain = isEven(pad) && added.every((rows, d) => rows >= 0 && (rows === 0 || rows < stride[d]!));
  if (plain) return code`${application.owned(common(beforeOf(pad), added))}(${first(application)})`;
  // Made whole, and then cut; what no kernel reaches is the bias.
  const sizes = layer.output.shape.slice(1);
  const whole = map.map((size, d) => (size - 1) * stride[d]! + dilation[d]! * (kernel[d]! - 1) + 1);
  const missing = sizes.map((size, d) => Math.max(0, pad[d]! + size - whole[d]!));
  const kept = placesText(sizes.map((size, d) => `${pad[d]}:${pad[d]! + size}`));
  const none = map.map(() => 0);
  return code`${application.owned(common(none, missing))}(${first(application)})${kept}`;
}

/** What the windows of a pooling layer need beside the padding of PyTorch: the padding that makes them fit exactly. */
function exactPadding(application: Application): { sides: Sides; direct: boolean } {
  const { layer, shapes } = application;
  const [kernel, stride] = [attribute<Sizes>(application, 'kernel'), attribute<Sizes>(application, 'stride')];
  const dilation = attribute<Sizes | undefined>(application, 'dilation');
  const pad = attribute<Sides>(application, 'pad');
  const same = layer.attributes.pad === 'same' && attribute<boolean>(application, 'ceil');
  const direct = isEven(pad) && !same && kernel.every((size, d) => pad[d]! * 2 <= size);
  const [, ...output] = layer.output.shape;
  const needed = kernel.map(
    (size, d) => (output[d]! - 1) * stride[d]! + (dilation?.[d] ?? 1) * (size - 1) + 1 - shapes[0]![d + 1]! - pad[d]!,
  );
  return { sides: [...beforeOf(pad), ...needed], direct };
}

/** Kernel and stride; the stride is the kernel unless it is given. */
function poolText(application: Application): Code {
  const kernel = attribute<Sizes>(application, 'kernel');
  return code`${hole('kernel_size', kernel)}${option('stride', attribute<Sizes>(application, 'stride'), kernel)}`;
}

function maxpool(application: Application): Code {
  const { sides, direct } = exactPadding(application);
  const pad = attribute<Sides>(application, 'pad');
  const dilation = option('dilation', attribute<Sizes>(application, 'dilation'), 1);
  if (direct)
    return code`F.max_pool${kindOf(application)}(${first(application)}, ${poolText(application)}${option('padding', beforeOf(pad), 0)}${dilation}${option('ceil_mode', attribute<boolean>(application, 'ceil'), false)})`;
  const padded = code`F.pad(${first(application)}, ${padText(sides)}, value=-math.inf)`;
  return code`F.max_pool${kindOf(application)}(${padded}, ${poolText(application)}${dilation})`;
}

function avgpool(application: Application): Code {
  const { sides, direct } = exactPadding(application);
  const pad = attribute<Sides>(application, 'pad');
  const counts = attribute<boolean>(application, 'count_padding');
  if (direct)
    return code`F.avg_pool${kindOf(application)}(${first(application)}, ${poolText(application)}${option('padding', beforeOf(pad), 0)}${option('ceil_mode', attribute<boolean>(application, 'ceil'), false)}${option('count_include_pad', counts, true)})`;
  const [kernel, stride] = [attribute<Sizes>(application, 'kernel'), attribute<Sizes>(application, 'stride')];
  const beyond = [...beforeOf(pad).map(() => 0), ...afterOf(sides).map((side, d) => side - afterOf(pad)[d]!)];
  return code`${application.helper('average_pool')}(${first(application)}, ${tuple(kernel)}, ${tuple(stride)}, ${padText(pad)}, ${padText(beyond)}, ${literal(counts)})`;
}

/** Of the batch and behind. */
const DIMENSIONS: Readonly<Record<string, number>> = { channels: 1, height: 2, width: 3, length: 2 };

const along = (application: Application) => DIMENSIONS[attribute<string>(application, 'axis')]!;

/** `x[:, :, 2:5]` */
function sliced(application: Application, text: string): Code {
  return code`${enclosed(first(application))}[${':, '.repeat(along(application))}${text}]`;
}

function slice(application: Application): Code {
  const step = attribute<number>(application, 'step');
  const end = step === 1 ? '' : `:${step}`;
  return sliced(application, `${attribute<number>(application, 'from')}:${attribute<number>(application, 'to')}${end}`);
}

function crop(application: Application): Code {
  const [, ...map] = application.shapes[0]!;
  const sides = attribute<Sides>(application, 'sides');
  const ranges = map.map((size, d) => `${sides[d]}:${size - afterOf(sides)[d]!}`);
  return code`${enclosed(first(application))}${placesText(ranges)}`;
}

function upsample(application: Application): Code {
  const mode = attribute<string>(application, 'mode');
  const aligned =
    mode === 'nearest' ? '' : `, align_corners=${literal(attribute<boolean>(application, 'align_corners'))}`;
  return code`F.interpolate(${first(application)}, size=${tuple(attribute<Sizes>(application, 'size'))}, mode="${mode}"${aligned})`;
}

/** Channels dealt out to the places of a signal, which PyTorch has for maps only. */
function shuffled(application: Application): Code {
  const factor = attribute<number>(application, 'factor');
  const up = application.layer.operator === 'pixelshuffle';
  if (mapKind(mapAxisCount(application.shapes[0]!)).name === 'map')
    return code`F.pixel_${up ? 'shuffle' : 'unshuffle'}(${first(application)}, ${factor})`;
  const [from, to] = up ? ['1', '2'] : ['2', '1, 2'];
  return code`${enclosed(first(application))}.unflatten(${from}, (-1, ${factor})).transpose(2, 3).flatten(${to})`;
}

/** Those of the places of a map, the batch being 0. */
const placeDimensions = ({ shapes }: Application) => (shapes[0]!.length === 2 ? [2] : [2, 3]);

/** The dimensions that a reduction runs over, the batch being 0. */
function reducedText(application: Application): Code {
  const { length } = application.shapes[0]!;
  const words: Readonly<Record<string, readonly number[]>> = {
    channels: [1],
    spatial: placeDimensions(application),
    height: [2],
    width: [3],
    length: [2],
  };
  const all = Array.from({ length }, (_, k) => k + 1);
  const dimensions = words[attribute<string>(application, 'axes')] ?? all;
  const text = dimensions.length === 1 ? `${dimensions[0]}` : tuple(dimensions);
  return code`${text}${option('keepdim', attribute<boolean>(application, 'keepdims'), false)}`;
}

const reduction =
  (name: string): Writer =>
  (application) => {
    if (application.shapes[0]!.length === 0) return code`${enclosed(first(application))}.mean()`;
    const biased = name === 'var' ? option('unbiased', attribute<boolean>(application, 'unbiased'), true) : [];
    return code`${enclosed(first(application))}.${name}(${reducedText(application)}${biased})`;
  };

function batchnorm(application: Application): Code {
  const { length, 0: channels } = application.shapes[0]!;
  const kind = length === 3 ? '2d' : length === 4 ? '3d' : '1d';
  return code`${application.owned(
    code`nn.BatchNorm${kind}(${hole('channels', channels!)}${option('eps', attribute<number>(application, 'eps'), 1e-5)}${option('momentum', attribute<number>(application, 'momentum'), 0.1)})`,
  )}(${first(application)})`;
}

function layernorm(application: Application): Code {
  const [channels] = application.shapes[0]!;
  const eps = option('eps', attribute<number>(application, 'eps'), 1e-5);
  const places = attribute<string>(application, 'axes') === 'channels';
  const shape = places ? hole('channels', channels!) : shapeHole('shape', application.shapes[0]!);
  const apply = (x: Code) =>
    attribute<boolean>(application, 'affine')
      ? code`${application.owned(code`nn.LayerNorm(${shape}${eps})`)}(${x})`
      : code`F.layer_norm(${x}, ${tuple(places ? [channels!] : application.shapes[0]!)}${eps})`;
  if (!places || application.shapes[0]!.length === 1) return apply(first(application));
  return code`${apply(code`${enclosed(first(application))}.movedim(1, -1)`)}.movedim(-1, 1)`;
}

function groupnorm(application: Application): Code {
  const channels = application.shapes[0]![0]!;
  const groups = application.layer.operator === 'instancenorm' ? channels : attribute<number>(application, 'groups');
  const eps = option('eps', attribute<number>(application, 'eps'), 1e-5);
  if (!attribute<boolean>(application, 'affine'))
    return code`F.group_norm(${first(application)}, ${hole('groups', groups)}${eps})`;
  const made = code`nn.GroupNorm(${hole('groups', groups)}, ${hole('channels', channels)}${eps})`;
  return code`${application.owned(made)}(${first(application)})`;
}

function lrn(application: Application): Code {
  const [size, alpha, beta, k] = ['size', 'alpha', 'beta', 'k'].map((name) => attribute<number>(application, name));
  const settings = `${size}, alpha=${alpha}, beta=${beta}, k=${k}`;
  if (application.shapes[0]!.length > 1) return code`F.local_response_norm(${first(application)}, ${settings})`;
  return code`F.local_response_norm(${enclosed(first(application))}.unsqueeze(-1), ${settings}).squeeze(-1)`;
}

/** `self.training` stands for what the module is doing. */
const dropout =
  (helper?: string): Writer =>
  (application) => {
    const name = helper ? application.helper(helper) : 'F.dropout';
    return code`${name}(${first(application)}, ${hole('rate', attribute<number>(application, 'rate'))}, self.training)`;
  };

const binary =
  (sign: string): Writer =>
  ({ operands }) =>
    code`${operandText(operands[0]!, sign)} ${sign} ${enclosed(operands[1]!)}`;

/** `a + b + c` needs no brackets. */
function operandText(operand: Code, sign: string): Code {
  return sign === '+' &&
    !/ [-*/<>=]|if /.test(operand.map((piece) => (typeof piece === 'string' ? piece : '')).join(''))
    ? operand
    : enclosed(operand);
}

/** A function of the input and of attributes, which are keyword arguments under these names. */
function plain(
  name: string,
  attributes: Readonly<Record<string, readonly [keyword: string, standard: number | string]>> = {},
): Writer {
  return (application) => {
    const settings = Object.entries(attributes).map(([own, [keyword, standard]]) =>
      option(keyword, attribute<number | string>(application, own), standard),
    );
    return code`${name}(${first(application)}${settings.flat()})`;
  };
}

const method =
  (text: string): Writer =>
  (application) =>
    code`${enclosed(first(application))}.${text}`;

export const LAYERS: Readonly<Record<string, Writer>> = {
  conv: convolution,
  depthwise: convolution,
  convtranspose: transposed,
  local(application) {
    const states = application.layer.states.map(
      ({ owner, shape }) => code`${owner!.leaf}=${shapeHole(`${owner!.leaf}_shape`, shape)}`,
    );
    const module = application.owned(code`${application.helper('Weights')}(${listed(states)})`);
    const [kernel, stride, dilation] = ['kernel', 'stride', 'dilation'].map((name) =>
      tuple(attribute<Sizes>(application, name)),
    );
    const x = code`F.pad(${first(application)}, ${padText(attribute<Sides>(application, 'pad'))}${modeText(attribute<string>(application, 'mode'))})`;
    const bias = attribute<boolean>(application, 'bias') ? code`${module}.bias` : ['None'];
    return code`${application.helper('locally_connected')}(${x}, ${module}.weight, ${bias}, ${kernel!}, ${stride!}, ${dilation!})`;
  },
  dense(application) {
    const { shapes } = application;
    const size = product(shapes[0]!);
    const x =
      shapes[0]!.length > 1
        ? code`${enclosed(first(application))}.flatten(1)`
        : shapes[0]!.length === 0
          ? code`${enclosed(first(application))}.unsqueeze(1)`
          : first(application);
    const made = code`nn.Linear(${hole('in_features', size)}, ${hole('features', attribute<number>(application, 'units'))}${option('bias', attribute<boolean>(application, 'bias'), true)})`;
    return code`${application.owned(made)}(${x})`;
  },
  maxpool,
  avgpool,
  adaptiveavgpool: (application) =>
    code`F.adaptive_avg_pool${kindOf(application)}(${first(application)}, ${hole('size', attribute<Sizes>(application, 'size'))})`,
  adaptivemaxpool: (application) =>
    code`F.adaptive_max_pool${kindOf(application)}(${first(application)}, ${hole('size', attribute<Sizes>(application, 'size'))})`,
  globalavgpool: (application) => method(`mean(${literal(placeDimensions(application))})`)(application),
  // Of equal values the first has the gradient; `amax` would divide it.
  globalmaxpool: (application) => code`F.adaptive_max_pool${kindOf(application)}(${first(application)}, 1).flatten(1)`,
  pad: (application) =>
    code`F.pad(${first(application)}, ${padText(attribute<Sides>(application, 'sides'))}${modeText(attribute<string>(application, 'mode'))})`,
  crop,
  upsample,
  flatten: (application) =>
    (application.shapes[0]!.length === 0 ? method('unsqueeze(1)') : method('flatten(1)'))(application),
  reshape: (application) =>
    code`${enclosed(first(application))}.reshape(-1, ${attribute<readonly number[]>(application, 'shape').join(', ')})`,
  permute: (application) =>
    code`${enclosed(first(application))}.permute(0, ${attribute<readonly number[]>(application, 'order')
      .map((k) => k + 1)
      .join(', ')})`,
  slice,
  split: (application) =>
    code`${enclosed(first(application))}.chunk(${attribute<number>(application, 'parts')}, ${along(application)})[${attribute<number>(application, 'part')}]`,
  concat: (application) =>
    code`torch.cat((${listed(application.operands)}${application.operands.length === 1 ? ',' : ''}), ${along(application)})`,
  channelshuffle: (application) =>
    code`${enclosed(first(application))}.unflatten(1, (${hole('groups', attribute<number>(application, 'groups'))}, -1)).transpose(1, 2).flatten(1, 2)`,
  pixelshuffle: shuffled,
  pixelunshuffle: shuffled,
  add: binary('+'),
  sub: binary('-'),
  mul: binary('*'),
  div: binary('/'),
  sum: reduction('sum'),
  mean: reduction('mean'),
  variance: reduction('var'),
  batchnorm,
  layernorm,
  groupnorm,
  instancenorm: groupnorm,
  lrn,
  dropout: dropout(),
  spatialdropout: dropout('drop_channels'),
  stochasticdepth: dropout('drop_images'),
  relu: plain('F.relu'),
  relu6: plain('F.relu6'),
  leakyrelu: plain('F.leaky_relu', { slope: ['negative_slope', 0.01] }),
  prelu(application) {
    const [
      {
        shape: [count],
      },
    ] = application.layer.states as unknown as [{ shape: [number] }];
    const made = code`nn.PReLU(${hole('channels', count)}${option('init', attribute<number>(application, 'start'), 0.25)})`;
    return code`${application.owned(made)}(${first(application)})`;
  },
  elu: plain('F.elu', { alpha: ['alpha', 1] }),
  selu: plain('F.selu'),
  celu: plain('F.celu', { alpha: ['alpha', 1] }),
  gelu: plain('F.gelu', { approximate: ['approximate', 'none'] }),
  silu: plain('F.silu'),
  mish: plain('F.mish'),
  hardswish: plain('F.hardswish'),
  hardsigmoid: plain('F.hardsigmoid'),
  hardtanh: plain('F.hardtanh', { min: ['min_val', -1], max: ['max_val', 1] }),
  sigmoid: plain('torch.sigmoid'),
  tanh: plain('torch.tanh'),
  softplus: plain('F.softplus', { beta: ['beta', 1], threshold: ['threshold', 20] }),
  softsign: plain('F.softsign'),
  softmax: (application) => code`torch.softmax(${first(application)}, 1)`,
  logsoftmax: (application) => code`torch.log_softmax(${first(application)}, 1)`,
};

/** What expressions write without a call. */
export const EXPRESSIONS: Readonly<Record<string, Writer>> = {
  neg: ({ operands }) => code`-${enclosed(operands[0]!)}`,
  abs: plain('torch.abs'),
  exp: plain('torch.exp'),
  log: plain('torch.log'),
  sqrt: plain('torch.sqrt'),
  erf: plain('torch.erf'),
  sigmoid: plain('torch.sigmoid'),
  tanh: plain('torch.tanh'),
  relu: plain('F.relu'),
  detach: method('detach()'),
  pow: binary('**'),
};
