/** @file Layers that drop at random: what falls together, how often, that the mean stays, and that seeds decide. */
import { describe, expect, it } from 'vitest';
import { createExecutor } from '../../src/check/execute-graph.ts';
import { runPasses } from '../../src/passes/pass.ts';
import { OPTIMIZING_PASSES } from '../../src/passes/pipeline.ts';
import { WASM_TRAITS } from '../../src/targets/wasm/target.ts';
import { NetworkBuilder } from '../support/build-network.ts';

const IMAGES = 400;
const CHANNELS = 6;
const SIZE = [4, 3] as const;
const AREA = SIZE[0] * SIZE[1];

/** Elements that fall together. */
const TOGETHER = { dropout: 1, spatialdropout: AREA, stochasticdepth: CHANNELS * AREA } as const;
type Operator = keyof typeof TOGETHER;

interface Setting {
  readonly rate?: number;
  readonly firstSeed?: number;
  readonly engine?: 'interpreter' | 'js' | 'wasm';
  readonly mode?: 'training' | 'inference';
}

/** Two layers applied to ones. */
function dropped(operator: Operator, { rate = 0.3, firstSeed = 1, engine = 'js', mode = 'training' }: Setting = {}) {
  const net = new NetworkBuilder('test', { mode });
  const image = net.input('image', [CHANNELS, ...SIZE]);
  for (const name of ['first', 'second']) net.output(name, net.layer(operator, image, { rate }));
  const graph = runPasses(net.builder.finish(), OPTIMIZING_PASSES, { verify: true });
  const data = {
    image: new Float64Array(IMAGES * CHANNELS * AREA).fill(1),
    seed: Float64Array.from({ length: IMAGES }, (_, k) => firstSeed + k),
  };
  const executor = createExecutor(graph, { engine, traits: WASM_TRAITS, maxCount: IMAGES });
  const execution = executor.run({ count: IMAGES, data, update: false });
  const [first, second] = graph.results.map(({ node }) => execution.values(node));
  return { first: first!, second: second! };
}

describe.each(Object.keys(TOGETHER) as Operator[])('%s', (operator) => {
  const together = TOGETHER[operator];
  const parts = (IMAGES * CHANNELS * AREA) / together;

  it.each([0.1, 0.3, 0.8])('drops whole parts at the rate %f, and the mean stays', (rate) => {
    const { first } = dropped(operator, { rate });
    let kept = 0;
    for (let part = 0; part < parts; part++) {
      const values = first.slice(part * together, (part + 1) * together);
      expect(new Set(values).size).toBe(1);
      expect([0, Math.fround(1 / (1 - rate)), 1 / (1 - rate)]).toContain(values[0]);
      if (values[0] !== 0) kept++;
    }
    // Four standard deviations.
    const margin = 4 * Math.sqrt((rate * (1 - rate)) / parts);
    expect(Math.abs(kept / parts - (1 - rate))).toBeLessThan(margin);
    const mean = first.reduce((sum, value) => sum + value, 0) / first.length;
    expect(Math.abs(mean - 1)).toBeLessThan(margin / (1 - rate));
  });

  it('draws the same for the same seeds, and something else for others and in another layer', () => {
    const { first, second } = dropped(operator);
    expect(dropped(operator).first).toEqual(first);
    expect(dropped(operator, { firstSeed: 1000 }).first).not.toEqual(first);
    expect(second).not.toEqual(first);
  });

  it('draws the same on every target', () => {
    const masks = (['interpreter', 'js', 'wasm'] as const).map((engine) =>
      dropped(operator, { engine }).first.map(Math.sign),
    );
    expect(masks[1]).toEqual(masks[0]);
    expect(masks[2]).toEqual(masks[0]);
  });

  it('does nothing in inference, or at rate 0', () => {
    expect(new Set(dropped(operator, { mode: 'inference' }).first)).toEqual(new Set([1]));
    expect(new Set(dropped(operator, { rate: 0 }).first)).toEqual(new Set([1]));
  });
});
