import { library } from 'cnnc:library';
import { describe, expect, test } from 'vitest';
import { checkGradients } from '../../src/check/check-gradients.ts';
import { lint } from '../../src/lint/lint.ts';
import { resolve } from '../../src/resolve/resolve.ts';
import { vocabulary } from '../../src/semantics/names/vocabulary.ts';
import { format } from '../../src/syntax/format.ts';
import { parse } from '../../src/syntax/parse.ts';
import { elaborated } from './elaborated.ts';

/** A network of one block of the library, its parameters by name. */
function blockOf(from: string, call: string, shape = '[8, 16, 16]') {
  const { states, training } = elaborated(`import { ${call.match(/\w+/)![0]} } from "std/${from}"
network N {
  input image: ${shape}
  target label: class(10)
  y = image -> m: ${call}
  loss crossentropy(y -> "fc": dense(10), label)
  output y
}`);
  const parameters = states
    .filter(({ role, name }) => role === 'parameter' && !name.startsWith('fc.'))
    .map(({ name, shape: own }) => `${name.replace(/^m\./, '')} ${own.join('x')}`);
  return { parameters, output: training.outputs[0]!.node.shape };
}

describe('the standard library', () => {
  test.each(Object.entries(library))('%s is formatted and uses what it defines', (file, text) => {
    const { program, diagnostics } = parse(text, file);
    expect(diagnostics).toEqual([]);
    expect(format(program, text)).toBe(text);
    expect(lint({ text, program, names: resolve(program, { vocabulary }), diagnostics })).toEqual([]);
  });
});

describe('blocks have the parameters of their torchvision twins', () => {
  const norm = (name: string, channels: number) => [`${name}.weight ${channels}`, `${name}.bias ${channels}`];

  test('Basic', () => {
    const { parameters, output } = blockOf('residual', 'Basic(16, stride: 2)');
    expect(parameters).toEqual([
      'conv1.weight 16x8x3x3',
      ...norm('bn1', 16),
      'conv2.weight 16x16x3x3',
      ...norm('bn2', 16),
      'downsample.0.weight 16x8x1x1',
      ...norm('downsample.1', 16),
    ]);
    expect(output).toEqual([16, 8, 8]);
    expect(blockOf('residual', 'Basic(8)').parameters).toHaveLength(6);
  });

  test('Bottleneck of ResNeXt', () => {
    const { parameters, output } = blockOf('residual', 'Bottleneck(64, stride: 2, groups: 32, width: 4)');
    expect(parameters.filter((name) => /conv|downsample.0/.test(name))).toEqual([
      'conv1.weight 128x8x1x1',
      'conv2.weight 128x4x3x3',
      'conv3.weight 256x128x1x1',
      'downsample.0.weight 256x8x1x1',
    ]);
    expect(output).toEqual([256, 8, 8]);
  });

  test('Fire', () => {
    const { parameters, output } = blockOf('fire', 'Fire(4, 6)');
    expect(parameters).toEqual([
      'squeeze.weight 4x8x1x1',
      'squeeze.bias 4',
      'expand1x1.weight 6x4x1x1',
      'expand1x1.bias 6',
      'expand3x3.weight 6x4x3x3',
      'expand3x3.bias 6',
    ]);
    expect(output).toEqual([12, 16, 16]);
  });

  test('DenseBlock and Transition', () => {
    const { parameters, output } = blockOf('dense', 'DenseBlock(2, 4)');
    expect(parameters.filter((name) => /conv/.test(name))).toEqual([
      'denselayer1.conv1.weight 16x8x1x1',
      'denselayer1.conv2.weight 4x16x3x3',
      'denselayer2.conv1.weight 16x12x1x1',
      'denselayer2.conv2.weight 4x16x3x3',
    ]);
    expect(output).toEqual([16, 16, 16]);
    expect(blockOf('dense', 'Transition').parameters).toEqual([...norm('norm', 8), 'conv.weight 4x8x1x1']);
  });

  test('Inception', () => {
    const { parameters, output } = blockOf('inception', 'Inception(4, 3, 5, 2, 6, 7, large: 3x3)');
    expect(parameters.filter((name) => /conv/.test(name))).toEqual([
      'branch1.conv.weight 4x8x1x1',
      'branch2.0.conv.weight 3x8x1x1',
      'branch2.1.conv.weight 5x3x3x3',
      'branch3.0.conv.weight 2x8x1x1',
      'branch3.1.conv.weight 6x2x3x3',
      'branch4.1.conv.weight 7x8x1x1',
    ]);
    expect(output).toEqual([22, 16, 16]);
  });

  test('InvertedResidual, with and without expansion', () => {
    expect(blockOf('mobile', 'InvertedResidual(8)').parameters).toEqual([
      'conv.0.0.weight 48x8x1x1',
      ...norm('conv.0.1', 48),
      'conv.1.0.weight 48x1x3x3',
      ...norm('conv.1.1', 48),
      'conv.2.weight 8x48x1x1',
      ...norm('conv.3', 8),
    ]);
    expect(blockOf('mobile', 'InvertedResidual(4, expand: 1, stride: 2)')).toEqual({
      parameters: ['conv.0.0.weight 8x1x3x3', ...norm('conv.0.1', 8), 'conv.1.weight 4x8x1x1', ...norm('conv.2', 4)],
      output: [4, 8, 8],
    });
  });

  test('MBConv of EfficientNet and of MobileNetV3', () => {
    expect(blockOf('mobile', 'MBConv(8, squeeze: 2, drop: 20%)')).toEqual({
      parameters: [
        'block.0.0.weight 48x8x1x1',
        ...norm('block.0.1', 48),
        'block.1.0.weight 48x1x3x3',
        ...norm('block.1.1', 48),
        'block.2.fc1.weight 2x48x1x1',
        'block.2.fc1.bias 2',
        'block.2.fc2.weight 48x2x1x1',
        'block.2.fc2.bias 48',
        'block.3.0.weight 8x48x1x1',
        ...norm('block.3.1', 8),
      ],
      output: [8, 16, 16],
    });
    const call = 'MBConv(16, 2, wide: 8, kernel: 5, activation: hardswish, inner: relu, gate: hardsigmoid, eps: 0.001)';
    expect(blockOf('mobile', call)).toEqual({
      parameters: [
        'block.0.0.weight 8x1x5x5',
        ...norm('block.0.1', 8),
        'block.1.0.weight 16x8x1x1',
        ...norm('block.1.1', 16),
      ],
      output: [16, 8, 8],
    });
  });

  test('ConvNext, but for the place of its scale', () => {
    expect(blockOf('convnext', 'ConvNext(drop: 10%)').parameters).toEqual([
      'block.0.weight 8x1x7x7',
      'block.0.bias 8',
      ...norm('block.2', 8),
      'block.3.weight 32x8',
      'block.3.bias 32',
      'block.5.weight 8x32',
      'block.5.bias 8',
      'main.scaled.layer_scale 8x1x1',
    ]);
  });

  test('Shuffle, with and without a stride', () => {
    const branch2 = [
      'branch2.0.weight 4x4x1x1',
      ...norm('branch2.1', 4),
      'branch2.3.weight 4x1x3x3',
      ...norm('branch2.4', 4),
      'branch2.5.weight 4x4x1x1',
      ...norm('branch2.6', 4),
    ];
    expect(blockOf('shuffle', 'Shuffle')).toEqual({ parameters: branch2, output: [8, 16, 16] });
    const { parameters, output } = blockOf('shuffle', 'Shuffle(16, stride: 2)');
    expect(parameters.slice(0, 6)).toEqual([
      'branch1.0.weight 8x1x3x3',
      ...norm('branch1.1', 8),
      'branch1.2.weight 8x8x1x1',
      ...norm('branch1.3', 8),
    ]);
    expect(output).toEqual([16, 8, 8]);
  });

  test('the others have the right sizes', () => {
    expect(blockOf('mobile', 'Separable(16, 2)').output).toEqual([16, 8, 8]);
    const { parameters, output } = blockOf('residual', 'PreActivation(16, stride: 2, drop: 30%)');
    expect(parameters.filter((name) => /conv|short/.test(name))).toEqual([
      'conv1.weight 16x8x3x3',
      'conv2.weight 16x16x3x3',
      'shortcut.weight 16x8x1x1',
    ]);
    expect(output).toEqual([16, 8, 8]);
  });
});

test('every block is trained: its gradients agree with central differences', () => {
  const names = ['Basic(4, stride: 2)', 'Bottleneck(2, groups: 2, width: 64)', 'PreActivation(4, 2)'];
  const calls: readonly (readonly [string, string])[] = [
    ...names.map((call) => ['residual', call] as const),
    ['fire', 'Fire(2, 3)'],
    ['dense', 'DenseBlock(2, 2, 1)'],
    ['inception', 'Inception(2, 1, 2, 1, 2, 2)'],
    ['mobile', 'Separable(4)'],
    ['mobile', 'InvertedResidual(2, expand: 2)'],
    ['mobile', 'MBConv(2, wide: 4, squeeze: 1)'],
    ['convnext', 'ConvNext(scale: 0.5)'],
    ['shuffle', 'Shuffle(stride: 2)'],
  ];
  for (const [from, call] of calls) {
    const checks = checkGradients(
      elaborated(`import { ${call.match(/\w+/)![0]} } from "std/${from}"
network N {
  input image: [1, 6, 6]
  target label: class(3)
  y = image -> conv(2, 1x1) -> m: ${call}
  loss crossentropy(y -> dense(3), label)
  output y
}`),
      { samples: 3 },
    );
    for (const { relativeError, parameter } of checks) expect(relativeError, `${call} ${parameter}`).toBeLessThan(1e-6);
  }
});
