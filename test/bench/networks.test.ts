import { describe, expect, it } from 'vitest';
// @ts-expect-error plain JavaScript
import { countParameters, flatLayers, parametersOf, residual, withShapes } from '../../bench/layers.mjs';
// @ts-expect-error plain JavaScript
import { networks, residualText } from '../../bench/networks.mjs';
import { countedTotals } from '../../src/analysis/summary.ts';
import { compileSource } from '../../src/compile.ts';

function models(text: string) {
  const { elaboration, diagnostics } = compileSource(text, 'bench.cnn');
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  return elaboration!;
}

interface Layer {
  readonly type: string;
  readonly output: readonly number[];
}

interface Network {
  readonly name: string;
  readonly text: () => string;
  readonly input: readonly number[];
  readonly parameters: number;
  readonly layers: readonly Layer[];
}

const weighted = ({ type }: { type: string }) => ['conv', 'batchnorm', 'dense'].includes(type);

describe('the networks of the benchmarks', () => {
  it('are those that the project is measured by', () => {
    expect(networks.map(({ name }: Network) => name)).toEqual(['lenet', 'convnetjs-cifar', 'keras-cifar', 'resnet20']);
  });

  it.each(networks as Network[])('$name: text and layers describe one network', (network) => {
    const elaboration = models(network.text());
    expect(countedTotals(elaboration.training, elaboration.states).parameters).toBe(network.parameters);
    expect(countParameters(network.layers)).toBe(network.parameters);
    expect(elaboration.training.inputs[0]!.shape).toEqual(network.input);
    expect(network.layers.at(-1)!.output).toEqual([10, 1, 1]);
    const states = elaboration.states.filter(({ role }) => role === 'parameter');
    expect(parametersOf(network.layers).map(({ shape }: { shape: number[] }) => shape)).toEqual(
      states.map(({ shape }) => shape),
    );
    const operators = elaboration.training.layers.map(({ operator }) => ({ type: operator })).filter(weighted);
    expect(flatLayers(network.layers).filter(weighted).length).toBe(operators.length);
  });

  it('the residual network is as deep as its name says', () => {
    const { layers, name } = models(residualText(8)).training;
    expect(name).toBe('ResNet50');
    const shortcuts = layers.filter(
      (layer) => layer.operator === 'conv' && layer.attributes.kernel?.toString() === '1,1',
    );
    const deep = layers.filter(({ operator }) => operator === 'conv' || operator === 'dense');
    expect(shortcuts).toHaveLength(2);
    expect(deep.length - shortcuts.length).toBe(50);
  });

  it('branches must fit', () => {
    const pool = { type: 'maxpool', kernel: 2, stride: 2 };
    expect(() => withShapes([residual([pool])], [3, 8, 8])).toThrow('3,4,4 and 3,8,8 cannot be added');
  });
});
