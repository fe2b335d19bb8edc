/** @file Blocks of the standard library with small random arguments, and the shapes that they give. */
import type { Shape } from '../../src/ir/graph.ts';
import type { Choices } from './choices.ts';

export interface LibraryBlock {
  readonly library: string;
  readonly name: string;
  readonly arguments: readonly string[];
  readonly shape: Shape;
}

type Draw = (
  choices: Choices,
  map: readonly [channels: number, height: number, width: number],
) => LibraryBlock | undefined;

/** A block that gives `channels`, with a stride or without. */
const strided =
  (library: string, name: string, further: readonly string[] = [], most = 4): Draw =>
  (choices, [, height, width]) => {
    const channels = 1 + choices.next(most);
    const stride = 1 + choices.next(2);
    const given = further.filter(() => choices.rarely(2));
    const shape = [channels, Math.ceil(height / stride), Math.ceil(width / stride)];
    const positional = choices.rarely(2);
    const written = stride === 1 ? [] : [positional ? '2' : 'stride: 2'];
    return { library, name, arguments: [`${channels}`, ...written, ...given], shape };
  };

/** One that adds channels or keeps them. */
const growing =
  (library: string, name: string, more: number, given: readonly string[], further: readonly string[] = []): Draw =>
  (choices, [channels, height, width]) => ({
    library,
    name,
    arguments: [...given, ...further.filter(() => choices.rarely(2))],
    shape: [channels + more, height, width],
  });

const fixed =
  (library: string, name: string, channels: number, given: readonly string[]): Draw =>
  (_, [, height, width]) => ({ library, name, arguments: given, shape: [channels, height, width] });

const transition: Draw = (choices, [, height, width]) => {
  const channels = 1 + choices.next(3);
  const shape = [channels, Math.floor(height / 2), Math.floor(width / 2)];
  if (height < 2 || width < 2) return undefined;
  return { library: 'dense', name: 'Transition', arguments: [`${channels}`], shape };
};

const bottleneck: Draw = (choices, map) => {
  const { shape, ...block } = strided('residual', 'Bottleneck', ['groups: 2', 'width: 128'], 1)(choices, map)!;
  return { ...block, shape: [4, shape[1]!, shape[2]!] };
};

/** Half of the channels, so it needs pairs of them; with a stride any number of them will do. */
const shuffle: Draw = (choices, [channels, height, width]) => {
  const common = { library: 'shuffle', name: 'Shuffle' };
  if (channels % 2 === 0 && choices.rarely(2)) return { ...common, arguments: [], shape: [channels, height, width] };
  const shape = [2 * (1 + choices.next(2)), Math.ceil(height / 2), Math.ceil(width / 2)];
  return { ...common, arguments: [`${shape[0]}`, 'stride: 2'], shape };
};

const BLOCKS: readonly Draw[] = [
  strided('residual', 'Basic'),
  bottleneck,
  strided('residual', 'PreActivation', ['drop: 0.2']),
  growing('attention', 'SqueezeExcitation', 0, ['2'], ['activation: silu', 'gate: hardsigmoid']),
  growing('convnext', 'ConvNext', 0, ['scale: 0.5'], ['drop: 0.2']),
  growing('dense', 'DenseLayer', 2, ['2', 'width: 1'], ['drop: 0.2']),
  growing('dense', 'DenseBlock', 2, ['2', '1', '2']),
  transition,
  fixed('fire', 'Fire', 4, ['1', '2']),
  fixed('inception', 'Inception', 5, ['1', '1', '2', '1', '1', '1']),
  fixed('inception', 'ConvNorm', 2, ['2', '3x3', 'pad: 1']),
  strided('mobile', 'Separable', ['activation: hardswish']),
  strided('mobile', 'InvertedResidual', ['expand: 2', 'kernel: 5']),
  strided('mobile', 'MBConv', ['wide: 4', 'squeeze: 1', 'kernel: 5', 'inner: relu', 'drop: 0.2']),
  shuffle,
];

export function randomLibraryBlock(choices: Choices, shape: Shape): LibraryBlock | undefined {
  const [channels, height, width] = shape;
  if (shape.length !== 3) return undefined;
  return choices.pick(BLOCKS)(choices, [channels!, height!, width!]);
}
