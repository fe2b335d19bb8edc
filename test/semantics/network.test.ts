import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { elementCount, sourceOf } from '../../src/ir/graph.ts';
import { verifyGraph } from '../../src/ir/verifier.ts';
import type { Elaboration } from '../../src/semantics/model.ts';
import { definitions, resnet20 } from '../syntax/design-programs.ts';
import { diagnosed, elaborated, network, places } from './elaborated.ts';

const examples = new URL('../../examples/', import.meta.url);

function parameters({ states }: Elaboration): number {
  const trained = states.filter((state) => state.role === 'parameter');
  return trained.reduce((sum, state) => sum + elementCount(state.shape), 0);
}

describe('examples', () => {
  // Figures counted by hand or published: LeNet-5 of the lecture books, ResNet-8 of the CIFAR family.
  test.each([
    ['lenet.cnn', 61_706],
    ['linear.cnn', 784 * 10 + 10],
    ['mlp.cnn', 784 * 100 + 100 + 1010],
    ['convnet.cnn', 9 * 16 + 32 + 9 * 16 * 32 + 64 + 9 * 32 * 32 + 64 + 1568 * 10 + 10],
    ['resnet8.cnn', 78_042],
  ])('%s has %i parameters', (file, count) => {
    const result = elaborated(readFileSync(new URL(file, examples), 'utf8'));
    expect(parameters(result)).toBe(count);
  });

  for (const file of readdirSync(examples).filter((name) => name.endsWith('.cnn')))
    test(`${file} gives two sound graphs without remarks`, () => {
      const { elaboration, diagnostics } = diagnosed(readFileSync(new URL(file, examples), 'utf8'));
      expect(diagnostics).toEqual([]);
      verifyGraph(elaboration!.training.graph, 'test');
      verifyGraph(elaboration!.inference.graph, 'test');
      expect(readFileSync(new URL(file, examples), 'utf8')).toMatch(/^\/\/ /);
    });
});

describe('the two models', () => {
  const body = 'y = image -> conv(4, 3x3) -> batchnorm -> dropout';
  const text = network(body).replace('output logits', 'metric accuracy(logits, label)\n  output logits');
  const { training, inference, states } = elaborated(text);

  test('share their states', () => {
    const read = (graph: typeof training.graph) =>
      graph.nodes.flatMap(({ definition }) =>
        definition.kind === 'source' && definition.source.role === 'state' ? [definition.source.state] : [],
      );
    expect(states.map(({ name }) => name)).toEqual([
      'y.conv.weight',
      'y.conv.bias',
      'y.batchnorm.weight',
      'y.batchnorm.bias',
      'y.batchnorm.running_mean',
      'y.batchnorm.running_var',
      'head.weight',
      'head.bias',
    ]);
    for (const state of read(training.graph)) expect(states.includes(state)).toBe(true);
    for (const state of read(inference.graph)) expect(states.includes(state)).toBe(true);
    expect(new Set(read(inference.graph)).size).toBe(states.length);
  });

  test('have the same layers, inputs and targets', () => {
    expect(inference.layers.map(({ name }) => name)).toEqual(training.layers.map(({ name }) => name));
    expect(inference.inputs.map(({ name, shape }) => ({ name, shape }))).toEqual([{ name: 'image', shape: [2, 8, 8] }]);
    expect(training.targets.map(({ name, type }) => ({ name, type }))).toEqual([
      { name: 'label', type: { kind: 'class', classes: 10 } },
    ]);
  });

  test('want the same results, but only training assigns running statistics', () => {
    const roles = (graph: typeof training.graph) => graph.results.map(({ role }) => role);
    expect(roles(inference.graph)).toEqual(['loss', 'metric', 'output']);
    expect(roles(training.graph)).toEqual(['assign', 'assign', 'loss', 'metric', 'output']);
  });

  test('dropout needs the seed in training only', () => {
    const seeds = (graph: typeof training.graph) =>
      graph.nodes.filter((node) => sourceOf(node)?.role === 'seed').length;
    expect(seeds(training.graph)).toBe(1);
    expect(seeds(inference.graph)).toBe(0);
  });

  test('each source exists once', () => {
    const names = training.graph.nodes.filter(({ definition }) => definition.kind === 'source').map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(names.filter((name) => name === 'weight')).toHaveLength(1);
  });
});

describe('parameters of a network', () => {
  const text = `network N(classes = 10, pad = same, deep = false, kernel = 3x3) {
  input image: [1, 8, 8]
  target label: class(classes)
  x = image -> conv(2, kernel, pad: pad)
  logits = (if deep { x -> relu } else { x }) -> dense(classes)
  loss crossentropy(logits, label)
  output logits
}`;

  test('can be set', () => {
    const { training } = elaborated(text, { set: { classes: 3, pad: 'valid', deep: 'true', kernel: '5x3' } });
    expect(training.outputs[0]?.node.shape).toEqual([3]);
    expect(training.layers.map(({ name }) => name)).toEqual(['x', 'logits.relu', 'logits']);
    expect(training.layers[0]?.output.shape).toEqual([2, 4, 6]);
  });

  test.each([
    [{ clases: 3 }, "CNN2011 at 'N'", 'did you mean `classes`?'],
    [{ classes: 'many' }, 'CNN2013', 'set it to a number'],
    [{ deep: 3 }, 'CNN2013', 'set it to a boolean'],
  ])('%o is refused', (set: Record<string, number | string>, place, help) => {
    const { diagnostics } = diagnosed(text, { set });
    expect(places(text, diagnostics)).toEqual([place]);
    expect(diagnostics[0]?.fix?.message).toBe(help);
  });

  test('need a value', () => {
    const required = text.replace('classes = 10', 'classes');
    expect(places(required, diagnosed(required).diagnostics)).toEqual(["CNN2012 at 'classes'"]);
    expect(elaborated(required, { set: { classes: '7' } }).training.outputs[0]?.node.shape).toEqual([7]);
  });

  test('one network of several is chosen by name', () => {
    const both = `${text}\n${text.replace('network N', 'network M')}`;
    expect(elaborated(both, { network: 'M' }).training.name).toBe('M');
    const { diagnostics } = diagnosed(both, { network: 'm' });
    expect(diagnostics.map(({ code, fix }) => [code, fix?.message])).toEqual([['CNN2043', 'did you mean `M`?']]);
  });
});

describe('the programs by which the language was designed', () => {
  const basic = definitions.slice(0, definitions.indexOf('\nfn swish'));
  const text = `${resnet20.replace(/import .*/, '')}\n${basic}`;

  test('ResNet-20 has the parameters of the paper', () => {
    const { elaboration, diagnostics } = diagnosed(text);
    expect(diagnostics).toEqual([]);
    // 0.27 million in table 6 of He et al. 2016: 269,722, and 2,752 for the convolutions on the skips that change size.
    expect(parameters(elaboration!)).toBe(272_474);
    expect(elaboration!.training.outputs[0]?.node.shape).toEqual([10]);
    const names = elaboration!.training.layers.map(({ name }) => name);
    for (const name of [
      'stem.conv',
      'stage1.2.main.conv2',
      'stage2.skip.conv',
      'stage2.1.main.conv',
      'logits',
      'probs',
    ])
      expect(names).toContain(name);
    expect(new Set(names).size).toBe(names.length);
  });

  test('its depth can be set', () => {
    const { training } = elaborated(text, { set: { n: 18, classes: 100 } });
    const convolutions = training.layers.filter(({ operator, name }) => operator === 'conv' && !/skip/.test(name));
    expect(convolutions).toHaveLength(109);
  });

  test('rounds of a `for` rebind names, and arithmetic makes a loss', () => {
    const halves = definitions
      .slice(definitions.indexOf('network Halves'))
      .replace('freeze dense1', 'output probs')
      .replace(/( *probs = .*\n)(.*for .*\n)/, '$2$1');
    const { training } = elaborated(halves);
    expect(training.layers.map(({ name, output }) => [name, ...output.shape])).toEqual([
      ['dense1.0', 16],
      ['dense1.1', 32],
      ['probs', 8],
      ['probs.sigmoid', 8],
    ]);
  });
});
