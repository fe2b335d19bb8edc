import { describe, expect, it } from 'vitest';
// @ts-expect-error plain JavaScript
import { enlist } from '../../bench/contender-process.mjs';
// @ts-expect-error plain JavaScript
import { drawPatterns, withImages } from '../../bench/data.mjs';
// @ts-expect-error plain JavaScript
import { countParameters, networks, residualText } from '../../bench/networks.mjs';
import { compileSource, parameterCount } from '../../src/compile.ts';

function models(text: string) {
  const { elaboration, diagnostics } = compileSource(text, 'bench.cnn');
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  return elaboration!;
}
interface Network {
  readonly name: string;
  readonly text: () => string;
  readonly input: readonly number[];
  readonly classes: number;
  readonly parameters: number;
  readonly layers: readonly { readonly type: string }[];
}

const described: readonly Network[] = networks;

/** What contenders are told: `text` is a function and stays here. */
function taskOf({ text, ...network }: Network, batch: number): object {
  return { network, batch, learningRate: 0.03, momentum: 0.9, threads: 1 };
}

function operators(layers: readonly { type: string }[]): string[] {
  return layers.map(({ type }) => type).filter((type) => type !== 'relu');
}

describe('the networks of the benchmarks', () => {
  it.each(described)('$name: text and layers describe one network', (network) => {
    const elaboration = models(network.text());
    expect(parameterCount(elaboration)).toBe(network.parameters);
    expect(countParameters(network)).toBe(network.parameters);
    const { inputs, layers } = elaboration.training;
    expect(inputs[0]!.shape).toEqual(network.input);
    const counted = layers.map(({ operator }) => operator).filter((name) => name !== 'relu' && name !== 'flatten');
    expect(counted.filter((name) => /^(conv|maxpool|dense)$/.test(name))).toEqual(operators(network.layers));
  });

  it('the residual network is as deep as its name says', () => {
    const { layers, name } = models(residualText(8)).training;
    expect(name).toBe('ResNet50');
    const shortcuts = layers.filter(
      (layer) => layer.operator === 'conv' && layer.attributes.kernel?.toString() === '1,1',
    );
    const weighted = layers.filter(({ operator }) => operator === 'conv' || operator === 'dense');
    expect(shortcuts).toHaveLength(2);
    expect(weighted.length - shortcuts.length).toBe(50);
  });
});

describe('contenders', () => {
  it('draws the same images from the same seed, of all classes', () => {
    const { images, labels } = drawPatterns(100, [1, 4, 4], 10);
    expect(drawPatterns(100, [1, 4, 4], 10).images).toEqual(images);
    expect(drawPatterns(100, [1, 4, 4], 10, 2).images).not.toEqual(images);
    expect(new Set(labels).size).toBe(10);
  });

  it('answer line by line, and ConvNetJS learns what it is given', async () => {
    const network = described[0]!;
    const data = { ...drawPatterns(512 + 100, network.input, network.classes), count: 512, tests: 100 };
    const accuracy = await withImages(data, async (paths: object) => {
      const { ready, skipped } = await enlist(['convnetjs'], { ...taskOf(network, 8), ...paths });
      expect(skipped).toEqual([]);
      const before = (await ready[0].ask({ command: 'train', from: 0, batches: 1 })).loss;
      const after = (await ready[0].ask({ command: 'train', from: 8, batches: 63 })).loss;
      expect(after).toBeLessThan(before / 2);
      const { accuracy } = await ready[0].ask({ command: 'test' });
      ready[0].end();
      return accuracy;
    });
    expect(accuracy).toBeGreaterThan(0.5);
  });

  it('refuses to compare different networks', async () => {
    const network = { ...described[0]!, parameters: 61705 };
    const data = { ...drawPatterns(8, network.input, network.classes), count: 8, tests: 0 };
    const enlisted = withImages(data, (paths: object) => enlist(['convnetjs'], { ...taskOf(network, 8), ...paths }));
    await expect(enlisted).rejects.toThrow('convnetjs built 61706 parameters');
  });
});
