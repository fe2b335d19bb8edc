import { describe, expect, test } from 'vitest';
import { isOfLayer } from '../../src/ir/origin.ts';
import lenet from '../oracle/curves-lenet.json' with { type: 'json' };
import resnet from '../oracle/curves-resnet.json' with { type: 'json' };
import { elaborated, layerNames, network, parameterNames } from './elaborated.ts';

const residual = `
block Basic(channels, stride = 1) {
  main = in -> conv(channels, 3x3, stride: stride, pad: same, bias: false) -> batchnorm -> relu
            -> conv(channels, 3x3, pad: same, bias: false) -> batchnorm
  skip = if stride == 1 and in.channels == channels { in }
         else { in -> conv(channels, 1x1, stride: stride, bias: false) -> batchnorm }
  return (main + skip) -> relu
}`;

/** The layers of one block that changes nothing in size. */
const basic = ['main.conv', 'main.batchnorm', 'main.relu', 'main.conv2', 'main.batchnorm2', 'add', 'relu'];

describe('parameters are called as in the PyTorch twin', () => {
  for (const { network: name, parameters, runs } of [lenet, resnet])
    test(name, () => {
      const { states } = elaborated(runs[0]!.source);
      const found = states.filter(({ role }) => role === 'parameter').map(({ name, shape }) => ({ name, shape }));
      expect(found).toEqual(parameters.map(({ name, shape }) => ({ name, shape })));
    });
});

describe('applications of blocks', () => {
  const outer = `block Outer { return in -> repeat(2) Basic(2) -> inner: Basic(2) }${residual}`;
  const { training } = elaborated(network('shared = Basic(2) y = image -> Outer -> shared -> shared', outer));
  const instances = [...new Set(training.layers.flatMap(({ instance }) => instance ?? []))];

  test('are records of their layers, each with the one around it', () => {
    expect(instances.map(({ block, path, outer }) => `${block} ${path} in ${outer?.path ?? 'the network'}`)).toEqual([
      'Basic y.Basic.0 in y',
      'Basic y.Basic.1 in y',
      'Basic y.inner in y',
      'Basic shared in the network',
      'Basic shared in the network',
    ]);
    for (const { name, instance } of training.layers)
      if (instance) expect(name.startsWith(`${instance.path}.`)).toBe(true);
    expect(training.layers.filter(({ instance }) => instance === instances[0])).toHaveLength(basic.length);
  });

  test('layers of the network itself have none', () => {
    expect(training.layers.find(({ name }) => name === 'head')).not.toHaveProperty('instance');
  });
});

describe('names of layers', () => {
  test('an in-place name is the whole name', () => {
    expect(layerNames('y = image -> conv1: conv(4, 3x3) -> act: relu')).toEqual(['conv1', 'act']);
  });

  test('the only layer of a binding has its name', () => {
    expect(layerNames('a = image -> relu y = a -> conv(4, 3x3)')).toEqual(['a', 'y']);
  });

  test('the only layer with parameters has the name of the binding', () => {
    expect(layerNames('y = image -> conv(4, 3x3) -> relu -> maxpool(2)')).toEqual(['y', 'y.relu', 'y.maxpool']);
  });

  test('several layers with parameters are numbered from the second of an operator on', () => {
    expect(layerNames('y = image -> conv(4, 3x3) -> batchnorm -> relu -> conv(4, 3x3) -> relu')).toEqual([
      'y.conv',
      'y.batchnorm',
      'y.relu',
      'y.conv2',
      'y.relu2',
    ]);
  });

  test('several layers without parameters as well', () => {
    expect(layerNames('y = image -> relu -> relu -> tanh')).toEqual(['y.relu', 'y.relu2', 'y.tanh']);
  });

  test('layers with names of their own count as layers of the binding', () => {
    expect(layerNames('y = image -> c: conv(4, 3x3) -> conv(4, 3x3)')).toEqual(['c', 'y.conv']);
    expect(layerNames('y = image -> c: conv(4, 3x3) -> relu')).toEqual(['c', 'y.relu']);
  });

  test('operations of expressions are layers', () => {
    expect(layerNames('y = image + image')).toEqual(['y']);
    expect(layerNames('y = exp(image) * 2 - image ^ 2')).toEqual(['y.exp', 'y.mul', 'y.pow', 'y.sub']);
  });

  test('blocks prefix the names of their layers with the binding', () => {
    const names = layerNames('y = image -> Basic(2)', residual);
    expect(names).toEqual(basic.map((name) => `y.${name}`));
  });

  test('repeated blocks are numbered from 0', () => {
    const names = layerNames('y = image -> repeat(2) Basic(2)', residual);
    expect(names).toEqual([0, 1].flatMap((round) => basic.map((name) => `y.${round}.${name}`)));
  });

  test('an in-place name of a block drops the binding', () => {
    expect(layerNames('y = image -> a: Basic(2)', residual)[0]).toBe('a.main.conv');
    expect(layerNames('y = image -> a: repeat(1) Basic(2)', residual)[0]).toBe('a.0.main.conv');
  });

  test('an in-place name inside a block drops the inner binding only', () => {
    const block = 'block Named { x = in -> conv1: conv(2, 1x1) -> relu return x -> conv(2, 1x1) }';
    expect(layerNames('a = image -> Named y = a -> Named', block)).toEqual(
      ['a', 'y'].flatMap((name) => [`${name}.conv1`, `${name}.x.relu`, `${name}.conv`]),
    );
  });

  test('nested blocks add up', () => {
    const outer = `${residual} block Outer { inner = in -> repeat(2) Basic(2) return inner -> relu }`;
    const names = layerNames('y = image -> Outer', outer);
    expect(names[0]).toBe('y.inner.0.main.conv');
    expect(names.at(-1)).toBe('y.relu');
  });

  test('several blocks of one binding have different paths', () => {
    const block = 'block B { return in -> conv(2, 3x3, pad: same) }';
    expect(layerNames('y = image -> B -> B -> repeat(2) B -> repeat(1) B', block)).toEqual([
      'y.conv',
      'y.B2.conv',
      'y.0.conv',
      'y.1.conv',
      'y.2.conv',
    ]);
  });

  test('a layer beside a block does not take the name of the binding', () => {
    const block = 'block B { return in -> conv(2, 3x3, pad: same) }';
    expect(layerNames('y = image -> B -> conv(2, 3x3)', block)).toEqual(['y.conv', 'y.conv2']);
  });

  test('rounds of a `for` are numbered', () => {
    expect(layerNames('y = image for w in [4, 6] { y = y -> conv(w, 3x3) -> a: relu }')).toEqual([
      'y.0',
      'a.0',
      'y.1',
      'a.1',
    ]);
  });

  test('repeated layers are numbered like any others', () => {
    expect(layerNames('y = image -> repeat(3) relu')).toEqual(['y.relu', 'y.relu2', 'y.relu3']);
    expect(layerNames('y = image -> a: repeat(2) relu')).toEqual(['a.0', 'a.1']);
  });

  test('only the branch that is taken counts', () => {
    expect(layerNames('y = if classes == 10 { image -> tanh } else { image -> relu -> relu }')).toEqual(['y']);
  });

  test('outputs name layers; losses and metrics are none, unless they have parameters', () => {
    const body = `y = image -> relu
      metric error = 1 - accuracy(y -> flatten -> dense(classes), label)
      output probs = softmax(y -> flatten -> dense(classes))`;
    const { training } = elaborated(network(body));
    expect(training.layers.map(({ name, operator }) => `${name}: ${operator}`)).toEqual([
      'y: relu',
      'dense: dense',
      'probs.flatten: flatten',
      'probs: dense',
      'probs.softmax: softmax',
      'logits.flatten: flatten',
      'head: dense',
    ]);
    expect(training.graph.nodes.filter(({ origins }) => isOfLayer(origins, 'error')).length).toBeGreaterThan(3);
  });
});

describe('sharing', () => {
  test('a layer that is declared once and applied twice has one set of weights', () => {
    const result = elaborated(network('shared = conv(2, 3x3, pad: same) y = image -> shared -> relu -> shared'));
    expect(parameterNames(result)).toEqual(['shared.weight', 'shared.bias', 'head.weight', 'head.bias']);
    const [first, activation, second] = result.training.layers;
    expect([first?.name, activation?.name, second?.name]).toEqual(['shared', 'y', 'shared.2']);
    expect(second?.states).toEqual(first?.states);
  });

  test('so has a block, layer by layer', () => {
    const result = elaborated(network('shared = Basic(2) y = image -> shared -> shared', residual));
    const weights = parameterNames(result).filter((name) => name.endsWith('conv.weight'));
    expect(weights).toEqual(['shared.main.conv.weight']);
    const names = result.training.layers.map((layer) => layer.name);
    expect(names.slice(0, 2 * basic.length)).toEqual([
      ...basic.map((name) => `shared.${name}`),
      ...basic.map((name) => `shared.${name}.2`),
    ]);
  });

  test('layers that are written twice have weights of their own', () => {
    const result = elaborated(network('y = image -> conv(2, 3x3) -> conv(2, 3x3)'));
    expect(parameterNames(result).slice(0, 4)).toEqual([
      'y.conv.weight',
      'y.conv.bias',
      'y.conv2.weight',
      'y.conv2.bias',
    ]);
  });

  test('a shared batch norm passes its running statistics on', () => {
    const { training } = elaborated(network('norm = batchnorm y = image -> norm -> relu -> norm'));
    const assigned = training.graph.results.flatMap((result) => (result.role === 'assign' ? result.state.name : []));
    expect(assigned).toEqual(['norm.running_mean', 'norm.running_var']);
    const mean = training.graph.results.find((result) => result.role === 'assign')!.node;
    expect(mean.inputs.map((input) => input.name)).toContain('norm.next_mean');
  });

  test('layers can be arguments of blocks', () => {
    const block = 'block Act(channels, act = relu) { x = in -> conv(channels, 3x3) return x -> act }';
    expect(layerNames('a = image -> Act(2) y = a -> Act(2, act: tanh)', block)).toEqual([
      'a.x',
      'a.relu',
      'y.x',
      'y.tanh',
    ]);
  });
});
