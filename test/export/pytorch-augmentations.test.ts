/**
 * @file Augmentations of exported networks: from the same random numbers the script makes the pictures that our modules make, and
 * its own numbers do not depend on the number of processes.
 */
import { describe, expect, it } from 'vitest';
import { Random } from '../../src/data/random.ts';
import { exportPytorch } from '../../src/export/pytorch/export.ts';
import { changer } from '../../src/runtime/retouch.ts';
import type { Elaboration } from '../../src/semantics/model.ts';
import type { Chosen } from '../../src/training/word.ts';
import { AUGMENTATIONS } from '../../src/training/words.ts';
import { elaborated } from '../semantics/elaborated.ts';
import { python, runPython, WITHOUT } from './python.ts';

const [IMAGES, CHANNELS, HEIGHT, WIDTH] = [3, 3, 7, 10];
const SIZE = CHANNELS * HEIGHT * WIDTH;
const MEAN = [0.3, 0.4, 0.5];

/** A network with two kinds of maps as targets: values, and classes. */
const network = (augment: string) => `network N {
  input image: [${CHANNELS}, ${HEIGHT}, ${WIDTH}]
  target map: [${CHANNELS}, ${HEIGHT}, ${WIDTH}]
  target label: class(5, [${HEIGHT}, ${WIDTH}], ignore: 255)
  y = image -> conv(3, 1x1)
  z = image -> conv(5, 1x1)
  loss mse(y, map) + crossentropy(z, label)
  output y
}
train N {
  augment ${augment}
  normalize mean: [${MEAN.join(', ')}], std: 0.2
}`;

const effects = Object.fromEntries(AUGMENTATIONS.map(({ name, effect }) => [name, effect]));

const numbers = (name: string, length: number, draw: (random: Random) => number) => {
  const random = new Random(7, name);
  return Float32Array.from({ length }, () => draw(random));
};

const images = numbers('images', IMAGES * SIZE, (random) => random.uniform());
const maps = numbers('maps', IMAGES * SIZE, (random) => random.uniform());
const labels = numbers('labels', IMAGES * HEIGHT * WIDTH, (random) => random.below(5));

/** Those of an image, one after the other through all steps. */
const drawsOf = (image: number) => numbers(`draws ${image}`, 6 * SIZE, (random) => random.uniform());

/** How many numbers of an image are drawn before each step; targets pass over what only changes values. */
function firstDraws(steps: readonly Chosen[]): number[] {
  let drawn = 0;
  const draw = () => ++drawn && 0.5;
  const picture = { pixels: new Float64Array(SIZE), mean: MEAN, height: HEIGHT, width: WIDTH };
  return steps.map((step) => {
    const before = drawn;
    const { place, displace, paint } = effects[step.kind]!;
    place?.(step, draw, picture);
    displace?.(step, draw, picture, new Float64Array(2 * HEIGHT * WIDTH));
    paint?.(step, draw, picture);
    return before;
  });
}

/** What a module makes of the images: normalised, or maps of targets. */
function ours({ settings }: Elaboration, values: Float32Array, kind: 'image' | 'map' | 'label'): number[] {
  const channels = kind === 'label' ? 1 : CHANNELS;
  const size = channels * HEIGHT * WIDTH;
  const mean = kind === 'image' ? MEAN : Array.from({ length: channels }, () => 0);
  const deviation = mean.map(() => (kind === 'image' ? 0.2 : 1));
  const shape = [channels, HEIGHT, WIDTH];
  const form = { shape, size, plane: HEIGHT * WIDTH, mean, deviation, table: new Float32Array() };
  const stage = changer(effects);
  return Array.from({ length: IMAGES }, (_, image) => {
    const draws = drawsOf(image);
    const [memory, raw] = [new Float32Array(size), kind === 'label'];
    let drawn = 0;
    const drawFor = (step: number) => {
      const from = firstDraws(settings.augment.steps)[step]!;
      drawn = 0;
      // The script draws four times for all pixels, ours four times for each.
      const isNoise = settings.augment.steps[step]!.kind === 'noise';
      const order = (k: number) => (isNoise ? (k % 4) * SIZE + Math.floor(k / 4) : k);
      return () => draws[from + order(drawn++)]!;
    };
    stage(memory, 0, 1, form, values, image * size, settings.augment, drawFor, raw ? 255 : 0, raw, kind !== 'image');
    return [...memory];
  }).flat();
}

interface Answer {
  readonly image: readonly number[];
  readonly map: readonly number[];
  readonly label: readonly number[];
  /** Between what one process makes and what three make. */
  readonly apart: number;
  readonly steady: boolean;
}

const ASK = `
import json, sys, torch
asked = json.load(sys.stdin)
t = lambda values, *shape: torch.tensor(values).reshape(${IMAGES}, *shape, ${HEIGHT}, ${WIDTH})
image, map, label = t(asked["images"], ${CHANNELS}), t(asked["maps"], ${CHANNELS}), t(asked["labels"]).long()
numbers = torch.tensor(asked["draws"], dtype=torch.float64)

def given():
    at = 0
    def draw(*shape):
        nonlocal at
        count = torch.Size(shape).numel()
        at += count
        return numbers[:, at - count : at].reshape(-1, *shape)
    return draw

def run(net, images, maps, labels, draw):
    (images,), (maps, labels) = net["augment"]([images.clone()], [maps.clone(), labels.clone()], draw)
    return images, maps, labels

for text in asked["texts"]:
    net = {"__name__": "net"}
    exec(text, net)
    a, b, c = run(net, image, map, label, given())
    places = torch.arange(${IMAGES})
    whole = run(net, image, map, label, net["draws"](5, 3, places))
    parts = [run(net, image[k::3], map[k::3], label[k::3], net["draws"](5, 3, places[k::3])) for k in range(3)]
    apart = max((part[j] - whole[j][k::3]).abs().max().item() for k, part in enumerate(parts) for j in range(3))
    other = run(net, image, map, label, net["draws"](5, 4, places))
    a = net["N"]().normalized_image(a)
    flat = lambda x: x.flatten().tolist()
    print(json.dumps({"image": flat(a), "map": flat(b), "label": flat(c), "apart": apart, "steady": torch.equal(whole[0], other[0])}))
`;

const STEPS = [
  'flip(horizontal)',
  'flip(vertical, horizontal)',
  'crop(pad: 3)',
  'crop(pad: 3, border: reflect)',
  'shift(by: 30%)',
  'rotate(by: 40)',
  'rotate(by: 170, border: reflect)',
  'scale(by: 40%)',
  'shear(by: 0.7)',
  'elastic(by: 3, grid: 4)',
  'elastic(by: 2, grid: 3, border: reflect)',
  'erase(size: 3)',
  'brightness(by: 40%)',
  'contrast(by: 40%)',
  'saturation(by: 40%)',
  'noise(by: 0.2)',
  // Moves that are one, one between others, borders that part moves, and all else.
  'flip(horizontal), rotate(by: 10), scale(by: 10%), shift(by: 10%)',
  'rotate(by: 10), shift(by: 20%, border: reflect), shear(by: 0.3, border: reflect), flip(vertical)',
  'crop(pad: 1), brightness(by: 10%), rotate(by: 20), erase(size: 2), erase(size: 5), elastic(by: 1), flip(horizontal)',
];

describe.skipIf(!python)(`pictures in PyTorch (${python ? '' : WITHOUT})`, () => {
  const all = STEPS.map((step) => elaborated(network(step)));
  const answers = python
    ? runPython<Answer>(ASK, {
        ...{ images: [...images], maps: [...maps], labels: [...labels] },
        draws: Array.from({ length: IMAGES }, (_, k) => [...drawsOf(k)]),
        texts: all.map(exportPytorch),
      })
    : [];

  it.each(STEPS.map((step, k) => [step, k] as const))('%s', (_, k) => {
    const found = answers[k]!;
    for (const [kind, values] of [
      ['image', images],
      ['map', maps],
      ['label', labels],
    ] as const) {
      const wanted = ours(all[k]!, values, kind);
      const tolerance = kind === 'label' ? 0 : 1e-5;
      const worst = wanted.reduce((most, value, i) => Math.max(most, Math.abs(value - found[kind][i]!)), 0);
      expect(found[kind].length).toBe(wanted.length);
      expect(worst, kind).toBeLessThanOrEqual(tolerance);
    }
    expect(found.apart).toBe(0);
    expect(found.steady).toBe(false);
  });

  it('are all words but those that mix images', () => {
    const tested = new Set(STEPS.flatMap((step) => [...step.matchAll(/(\w+)\(/g)].map(([, word]) => word!)));
    const single = AUGMENTATIONS.filter(({ effect }) => !effect.mix).map(({ name }) => name);
    expect([...tested].sort()).toEqual(single.sort());
  });
});
