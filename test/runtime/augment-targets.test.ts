/** @file Maps that are targets are flipped and cropped as their images are. */
import { expect, it } from 'vitest';
import { augmenter } from '../../src/runtime/augment.ts';
import type { InputLayout } from '../../src/runtime/executable.ts';
import type { Feed, Port } from '../../src/runtime/feed.ts';
import { Stager } from '../../src/runtime/staging.ts';
import { crop } from '../../src/training/augmentations/crop.ts';
import { flip } from '../../src/training/augmentations/flip.ts';
import { choose } from '../../src/training/word.ts';
import { loadModule } from '../support/load-module.ts';

const shape = [3, 4];
const port = (name: string, values: Port['values'], more: Partial<Port>): Port => ({
  name,
  shape,
  size: 12,
  classes: 0,
  values,
  ...more,
});

it('pixel by pixel, by the same draw, and what comes in is no class', () => {
  const layout = (name: string, role: InputLayout['role'], offset: number): InputLayout => ({
    name,
    role,
    shape,
    offset,
    blockStride: 0,
  });
  const list = layout('list', 'image', 24);
  const inputs = [layout('image', 'image', 0), layout('mask', 'target', 12), { ...list, shape: [4] }];
  const memory = new Float32Array(28);
  const stage = augmenter({ flip: flip.effect, crop: crop.effect } as never);
  const network = { inputs: { image: shape, list: [4] }, targets: { mask: { kind: 'class', classes: 13, shape } } };
  const program = { inputs, outputs: [], zero: [], loss: 0, metrics: [] };
  const stager = new Stager({ network: network as never, lanes: 1 }, program as never, memory, 0, {
    stageAugmented: stage,
  });
  const numbers = Array.from({ length: 12 }, (_, k) => k + 1);
  const feed: Feed = {
    inputs: [port('image', Float32Array.from(numbers), {}), port('list', Float32Array.of(1, 2, 3, 4), { size: 4 })],
    targets: [port('mask', Uint8Array.from(numbers), { classes: 13, ignore: 255 })],
    order: undefined,
    start: 0,
    count: 1,
    augment: { steps: [choose(flip, { direction: 'horizontal', and: 'vertical' }), choose(crop, { pad: 1 })] },
  };
  const seen = new Set<string>();
  for (let step = 0; step < 200; step++) {
    stager.stage([0, 1, 2], 0, feed, { seed: 3, step });
    const image = [...memory.subarray(0, 12)];
    seen.add(image.join());
    expect([...memory.subarray(12, 24)]).toEqual(image.map((pixel) => (pixel === 0 ? 255 : pixel)));
    expect([...memory.subarray(24)]).toEqual([1, 2, 3, 4]);
  }
  // Four flips of nine crops.
  expect(seen.size).toBe(36);
});

it.each(['js', 'wasm'] as const)('in a whole module: %s', async (target) => {
  const source = (augment: string) => `
    network Copy {
      input image: [1, 4, 4]
      target mask: class(2, [4, 4], ignore: 9)
      y = image -> conv(1, 1x1, bias: false, init: ones)
      loss mean((y - (mask -> slice(1, 2))) ^ 2)
      output y
    }
    train Copy { ${augment} }`;
  const { createTrainer } = await loadModule(source('augment flip(horizontal, vertical), crop(pad: 2)'), { target });
  const trainer = await createTrainer();
  const pixels = Float32Array.from({ length: 8 * 16 }, (_, k) => Number((k * 7) % 11 > 6));
  const split = { count: 8, images: pixels, labels: Uint8Array.from(pixels) };
  // A loss of 0 has no gradient, so it stays.
  const losses: number[] = [];
  const options = { epochs: 5, batch: 4, lr: 0.1 };
  for await (const { trainLoss } of trainer.fit({ train: split, test: split, shape: [1, 4, 4] }, options))
    losses.push(trainLoss);
  expect(losses).toEqual([0, 0, 0, 0, 0]);
});
