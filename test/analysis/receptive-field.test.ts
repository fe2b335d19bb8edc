import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { placeWindows, receptiveFields } from '../../src/analysis/receptive-field.ts';
import { seenFrom } from '../../src/analysis/windows.ts';
import type { Node } from '../../src/ir/graph.ts';
import type { Model } from '../../src/semantics/model.ts';
import { NetworkBuilder } from '../support/build-network.ts';
import { support } from '../support/jacobian.ts';

const SIZE = [13, 11] as const;
const CHANNELS = 2;

interface Stage {
  readonly operator: string;
  readonly attributes: Record<string, unknown>;
}

const pair = (low: number, high: number) =>
  fc.tuple(fc.integer({ min: low, max: high }), fc.integer({ min: low, max: high }));
const conv = fc
  .record({
    kernel: pair(1, 3),
    stride: pair(1, 2),
    dilation: pair(1, 2),
    pad: fc.constantFrom('valid', 'same', 'full', [1, 0], [0, 1, 2, 0]),
    groups: fc.constantFrom(1, 2),
  })
  .map((attributes): Stage => ({ operator: 'conv', attributes: { channels: 2, ...attributes } }));
const pool = fc
  .record({
    operator: fc.constantFrom('maxpool', 'avgpool', 'lppool'),
    kernel: pair(2, 3),
    stride: pair(1, 3),
    ceil: fc.boolean(),
  })
  .map(({ operator, ...attributes }): Stage => ({ operator, attributes }));
const depthwise = fc
  .record({ kernel: pair(1, 3), stride: pair(1, 2), pad: fc.constantFrom('valid', 'same', 1), multiplier: pair(1, 2) })
  .map(
    ({ multiplier, ...attributes }): Stage => ({
      operator: 'depthwise',
      attributes: { multiplier: multiplier[0], ...attributes },
    }),
  );
const local = fc
  .record({ kernel: pair(1, 3), stride: pair(1, 2), pad: fc.constantFrom('valid', 'same', 1) })
  .map((attributes): Stage => ({ operator: 'local', attributes: { channels: 2, ...attributes } }));
const resize = fc.constantFrom<Stage>(
  { operator: 'upsample', attributes: { factor: [2, 1] } },
  { operator: 'upsample', attributes: { factor: [1, 3] } },
  { operator: 'upsample', attributes: { factor: 2, mode: 'bilinear' } },
  { operator: 'pixelunshuffle', attributes: { factor: 2 } },
  { operator: 'channelshuffle', attributes: { groups: 2 } },
);
const border = fc.constant<Stage>({ operator: 'pad', attributes: { sides: [1, 2, 0, 1] } });
const simple = fc.constantFrom(
  ...['batchnorm', 'tanh', 'leakyrelu', 'residual', 'concat', 'dropout', 'spatialdropout', 'stochasticdepth', 'lrn'],
);
const stage = fc.oneof(
  conv,
  conv,
  pool,
  fc.oneof(depthwise, local, border, resize),
  simple.map((operator): Stage => ({ operator, attributes: {} })),
);

/** Undefined when a window does not fit. */
function build(stages: readonly Stage[]): { model: Model; y: Node } | undefined {
  const network = new NetworkBuilder('random', { mode: 'inference' });
  let y = network.input('image', [CHANNELS, ...SIZE]);
  try {
    for (const { operator, attributes } of stages) {
      if (operator === 'residual')
        y = network.layer('add', [y, network.layer('conv', y, { channels: y.shape[0], kernel: 3, pad: 'same' })]);
      else if (operator === 'concat')
        y = network.layer('concat', [y, network.layer('conv', y, { channels: 1, kernel: [1, 3], pad: 'same' })]);
      else y = network.layer(operator, y, attributes);
    }
  } catch {
    return undefined;
  }
  network.output('y', y);
  return { model: network.model(), y };
}

/** Number of positions whose window lies wholly inside the image, where it must equal the support. */
function compare(model: Model, y: Node): number {
  const map = placeWindows(model).get(y);
  if (!map) throw new Error('a map has a receptive field');
  let inner = 0;
  for (const axis of [0, 1] as const)
    support(model, y, axis).forEach((found, position) => {
      const window = seenFrom(map[axis].windows, position);
      const what = `axis ${axis}, position ${position}: window ${window}`;
      if (found) expect(found[0], what).toBeGreaterThanOrEqual(window![0]);
      if (found) expect(found[1], what).toBeLessThanOrEqual(window![1]);
      if (!window || window[0] < 0 || window[1] >= SIZE[axis]) return;
      expect(found, what).toEqual(window);
      inner++;
    });
  return inner;
}

describe('receptive fields', () => {
  it('equal the support of the numerical Jacobian on random networks', () => {
    let compared = 0;
    fc.assert(
      fc.property(fc.array(stage, { minLength: 1, maxLength: 4 }), (stages) => {
        const built = build(stages);
        if (built) compared += compare(built.model, built.y);
      }),
      { numRuns: 40, seed: 7 },
    );
    expect(compared).toBeGreaterThan(300);
  });

  it('are those of the contract for LeNet', () => {
    const network = new NetworkBuilder('LeNet5');
    const image = network.input('image', [1, 28, 28]);
    const conv1 = network.layer('conv', image, { channels: 6, kernel: 5, pad: 2 }, 'conv1');
    const pool1 = network.layer('avgpool', network.layer('tanh', conv1), { kernel: 2 });
    const conv2 = network.layer('conv', pool1, { channels: 16, kernel: 5 }, 'conv2');
    const pool2 = network.layer('avgpool', network.layer('batchnorm', conv2), { kernel: 2 });
    const conv3 = network.layer('conv', pool2, { channels: 120, kernel: 5 }, 'conv3');
    const flat = network.layer('flatten', conv3);
    const logits = network.layer('dense', flat, { units: 10 });
    const fields = receptiveFields(network.model());
    expect(fields.get(conv1)).toEqual({ size: [5, 5], stride: [1, 1], padding: [2, 2], smallest: [5, 5] });
    expect(fields.get(pool1)).toEqual({ size: [6, 6], stride: [2, 2], padding: [2, 2], smallest: [6, 6] });
    expect(fields.get(conv2)).toEqual({ size: [14, 14], stride: [2, 2], padding: [2, 2], smallest: [14, 14] });
    // A map of one pixel is a map still.
    expect(fields.get(conv3)).toEqual({ size: [32, 32], stride: [4, 4], padding: [2, 2], smallest: [32, 32] });
    expect(fields.get(flat)).toBeNull();
    expect(fields.get(logits)).toBeNull();
  });

  it('of repeated pixels advance by a part of a pixel', () => {
    const network = new NetworkBuilder('up', { mode: 'inference' });
    const image = network.input('image', [CHANNELS, ...SIZE]);
    const up = network.layer('upsample', image, { factor: 2 });
    const conv = network.layer('conv', up, { channels: 2, kernel: 3, pad: 1 });
    const skip = network.layer('conv', image, { channels: 2, kernel: 3, pad: 1 });
    const joined = network.layer('concat', [conv, network.layer('upsample', skip, { factor: 2 })]);
    network.output('y', conv);
    const model = network.model();
    const fields = receptiveFields(model);
    expect(fields.get(up)).toEqual({ size: [1, 1], stride: [0.5, 0.5], padding: [0.5, 0.5], smallest: [1, 1] });
    expect(fields.get(conv)).toEqual({ size: [2, 2], stride: [0.5, 0.5], padding: [1, 1], smallest: [2, 2] });
    // The skip sees three pixels, from the one before that of its own.
    expect(fields.get(joined)).toEqual({ size: [3, 3], stride: [0.5, 0.5], padding: [1.5, 1.5], smallest: [3, 3] });
    // Rows 2i and 2i + 1 show row i.
    support(model, conv, 0).forEach((found, position) => {
      const first = Math.ceil(position / 2 - 1);
      expect(found, `row ${position}`).toEqual([Math.max(0, first), Math.min(SIZE[0] - 1, first + 1)]);
    });
  });

  it('survive batch norm on a map of one pixel, and end at global pooling', () => {
    const network = new NetworkBuilder();
    const image = network.input('image', [1, 3, 5]);
    const point = network.layer('conv', image, { channels: 1, kernel: [3, 5] });
    const normal = network.layer('batchnorm', point);
    const pooled = network.layer('globalavgpool', normal);
    const fields = receptiveFields(network.model());
    expect(fields.get(normal)).toEqual({ size: [3, 5], stride: [1, 1], padding: [0, 0], smallest: [3, 5] });
    expect(fields.get(pooled)).toBeNull();
  });

  it.each([
    ['adaptiveavgpool', { size: [4, 3] }],
    ['adaptiveavgpool', { size: [6, 11] }],
    ['adaptivemaxpool', { size: [5, 2] }],
    ['adaptivemaxpool', { size: [1, 7] }],
    ['convtranspose', { channels: 2, kernel: [3, 4], stride: 2, pad: 1 }],
    ['convtranspose', { channels: 2, kernel: [2, 5], stride: [3, 2], dilation: [2, 1] }],
  ])('of %s %j are the largest windows, in steps that are no whole numbers', (operator, attributes) => {
    const network = new NetworkBuilder('uneven', { mode: 'inference' });
    const image = network.input('image', [CHANNELS, ...SIZE]);
    const features = network.layer('conv', image, { channels: 2, kernel: 3, pad: 1 });
    const y = network.layer(operator, features, attributes);
    network.output('y', y);
    const model = network.model();
    const field = receptiveFields(model).get(y)!;
    for (const axis of [0, 1] as const) {
      const seen = support(model, y, axis);
      seen.forEach((found, position) => {
        const first = Math.ceil(field.stride[axis] * position - field.padding[axis] - 1e-9);
        expect(found?.[0] ?? first).toBeGreaterThanOrEqual(first);
        expect(found?.[1] ?? first).toBeLessThan(first + field.size[axis]);
      });
      // A border takes a pixel on its side; between borders the largest is reached.
      const largest = Math.max(...seen.map((found) => (found ? found[1] - found[0] + 1 : 0)));
      expect(field.size[axis] - largest).toBeLessThanOrEqual(seen.length > 2 ? 0 : 3 - seen.length);
    }
  });

  it.each(['zeros', 'reflect', 'replicate', 'circular'])('of padding with %s are those of zeros', (mode) => {
    const network = new NetworkBuilder('padded', { mode: 'inference' });
    const image = network.input('image', [CHANNELS, ...SIZE]);
    const outer = network.layer('pad', image, { sides: [2, 0, 1, 3], mode });
    const y = network.layer('conv', outer, { channels: 2, kernel: [3, 5], stride: 2, pad: 'same', mode });
    network.output('y', y);
    const model = network.model();
    const field = receptiveFields(model).get(y)!;
    expect(field).toEqual({ size: [3, 5], stride: [2, 2], padding: [2, 1], smallest: [3, 5] });
    let inner = 0;
    for (const axis of [0, 1] as const)
      support(model, y, axis).forEach((found, position) => {
        const first = field.stride[axis] * position - field.padding[axis];
        const last = first + field.size[axis] - 1;
        if (first < 0 || last >= SIZE[axis]) return;
        inner++;
        // The border may see a pixel of the middle too.
        if (mode === 'zeros') expect(found).toEqual([first, last]);
        expect(found![0]).toBeLessThanOrEqual(first);
        expect(found![1]).toBeGreaterThanOrEqual(last);
      });
    expect(inner).toBeGreaterThan(6);
  });

  it.each([
    ['layernorm', {}],
    ['groupnorm', { groups: 1 }],
    ['instancenorm', {}],
  ])('of %s are the whole map, which its statistics are of', (operator, attributes) => {
    const network = new NetworkBuilder();
    const normal = network.layer(operator, network.input('image', [2, 4, 5]), attributes);
    expect(receptiveFields(network.model()).get(normal)).toBeNull();
  });

  it('of layernorm over channels is the place itself', () => {
    const network = new NetworkBuilder();
    const features = network.layer('conv', network.input('image', [2, 7, 8]), { channels: 3, kernel: 3, stride: 2 });
    network.layer('layernorm', features, { axes: 'channels' });
    const fields = receptiveFields(network.model());
    expect(fields.get(network.builder.nodes.at(-1)!)).toEqual(fields.get(features));
  });

  it('move with a crop', () => {
    const network = new NetworkBuilder();
    const coarse = network.layer('conv', network.input('image', [1, 9, 9]), { channels: 1, kernel: 3, stride: 2 });
    const kept = network.layer('crop', coarse, { sides: [1, 0, 0, 2] });
    const field = receptiveFields(network.model()).get(kept);
    expect(field).toEqual({ size: [3, 3], stride: [2, 2], padding: [-2, 0], smallest: [3, 3] });
  });

  it('survive the joining of maps of one row', () => {
    const network = new NetworkBuilder();
    const row = network.layer('conv', network.input('image', [1, 3, 5]), { channels: 2, kernel: [3, 1] });
    network.layer('concat', [row, row]);
    const field = receptiveFields(network.model()).get(network.builder.nodes.at(-1)!);
    expect(field).toEqual({ size: [3, 1], stride: [1, 1], padding: [0, 0], smallest: [3, 1] });
  });

  it('of several inputs are relative to the first that is seen', () => {
    const network = new NetworkBuilder();
    const left = network.input('left', [2, 8, 8]);
    const right = network.input('right', [2, 8, 8]);
    const own = network.layer('conv', right, { channels: 2, kernel: 3, pad: 'same' });
    const both = network.layer('add', [network.layer('conv', left, { channels: 2, kernel: 5, pad: 'same' }), own]);
    const fields = receptiveFields(network.model());
    expect(fields.get(own)!.size).toEqual([3, 3]);
    expect(fields.get(both)!.size).toEqual([5, 5]);
  });

  it('of branches of different scale hold both', () => {
    const network = new NetworkBuilder();
    const image = network.input('image', [1, 9, 9]);
    const coarse = network.layer('conv', image, { channels: 1, kernel: 1, stride: 2 });
    const fine = network.layer('conv', image, { channels: 1, kernel: 5 });
    const field = receptiveFields(networkWith(network, coarse, fine)).get(network.builder.nodes.at(-1)!)!;
    // Positions 0 to 4: the coarse branch sees 2*i, the fine one i to i + 4.
    for (let i = 0; i < 5; i++) {
      const first = field.stride[0] * i - field.padding[0];
      expect(first).toBeLessThanOrEqual(i);
      expect(first + field.size[0] - 1).toBeGreaterThanOrEqual(i + 4);
    }
  });

  it('of a map whose rows no longer fit is none', () => {
    const network = new NetworkBuilder();
    const image = network.input('image', [1, 3, 4]);
    const folded = network.layer('reshape', [image], { shape: [1, 4, 3] });
    const mixed = network.layer('conv', [folded], { channels: 1, kernel: [1, 1] });
    expect(receptiveFields(network.model()).get(mixed)).toBeNull();
  });

  it('of a vector input is none', () => {
    const network = new NetworkBuilder();
    const dense = network.layer('dense', network.input('x', [7]), { units: 2 });
    expect(receptiveFields(network.model()).get(dense)).toBeNull();
  });
});

function networkWith(network: NetworkBuilder, a: Node, b: Node): Model {
  network.layer('add', [a, b]);
  return network.model();
}
