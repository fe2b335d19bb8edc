/**
 * @file Augmentations of exported networks: in PyTorch values change by our effects, though by other random numbers, and two
 * processes change them as one does. What PyTorch and ONNX lack is refused by name.
 */
import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { DiagnosticError } from '../../src/diagnostics/diagnostic.ts';
import { exportOnnxTraining } from '../../src/export/onnx/training.ts';
import { exportPytorch } from '../../src/export/pytorch/export.ts';
import { choose } from '../../src/training/word.ts';
import { AUGMENTATIONS } from '../../src/training/words.ts';
import { elaborated } from '../semantics/elaborated.ts';
import { python, WITHOUT } from './python.ts';

const [IMAGES, HEIGHT, WIDTH, BY] = [64, 5, 6, 0.4];
const AREA = HEIGHT * WIDTH;

/** A network whose target is a map, which keeps its values. */
const network = (augment: string) => `network N {
  input image: [3, ${HEIGHT}, ${WIDTH}]
  target map: [3, ${HEIGHT}, ${WIDTH}]
  y = image -> conv(3, 1x1)
  loss mse(y, map)
  output y
}
train N {
  augment ${augment}
  normalize mean: 0.4, std: 0.2
}`;

interface Found {
  readonly before: readonly number[][];
  readonly after: readonly number[][];
  readonly targets: boolean;
  readonly apart: number;
}

/** Runs `augment` of the script, as one process and as two, of which each has every other image. */
const ASK = `
import json, sys, torch
text = json.load(sys.stdin)
net = {"__name__": "net"}
exec(text, net)
torch.manual_seed(1)
images, maps = torch.rand(${IMAGES}, 3, ${HEIGHT}, ${WIDTH}), torch.rand(${IMAGES}, 3, ${HEIGHT}, ${WIDTH})
run = lambda i, t: net["augment"]([i.clone()], [t.clone()], None, 5, 3, ${IMAGES})
(after,), (kept,) = run(images, maps)
net["HERE"]["world"], apart = 2, 0.0
for rank in (0, 1):
    net["HERE"]["rank"] = rank
    (part,), _ = run(images[rank::2], maps[rank::2])
    apart = max(apart, (part - after[rank::2]).abs().max().item())
print(json.dumps({"before": images.flatten(1).tolist(), "after": after.flatten(1).tolist(), "targets": torch.equal(kept, maps), "apart": apart}))
`;

function asked(augment: string): Found {
  const input = JSON.stringify(exportPytorch(elaborated(network(augment))));
  const { stdout, stderr, status } = spawnSync(python!, ['-c', ASK], { input, encoding: 'utf8', maxBuffer: 2 ** 26 });
  if (status !== 0) throw new Error(stderr.slice(-2000));
  return JSON.parse(stdout) as Found;
}

const wordNamed = (name: string) => AUGMENTATIONS.find((word) => word.name === name)!;

/** What ours makes of an image by this factor. */
function ours(name: string, pixels: readonly number[], factor: number): Float64Array {
  const word = wordNamed(name);
  const picture = { pixels: Float64Array.from(pixels), mean: [0, 0, 0], height: HEIGHT, width: WIDTH };
  word.effect.paint!(choose(word, { by: BY } as never) as never, () => ((factor - 1) / BY + 1) / 2, picture);
  return picture.pixels;
}

describe.skipIf(!python)(`values in PyTorch (${python ? '' : WITHOUT})`, () => {
  // Of two values whose difference grows by the factor: neighbours, or two channels of a pixel.
  it.each([
    ['brightness', 1],
    ['contrast', 1],
    ['saturation', AREA],
  ] as const)('%s', (name, other) => {
    const { before, after, targets, apart } = asked(`${name}(by: ${BY})`);
    const factors = before.map((image, k) => (after[k]![0]! - after[k]![other]!) / (image[0]! - image[other]!));
    before.forEach((image, k) => {
      ours(name, image, factors[k]!).forEach((value, i) => void expect(after[k]![i]).toBeCloseTo(value, 4));
    });
    expect(Math.max(...factors)).toBeLessThan(1 + BY + 1e-4);
    expect(Math.min(...factors)).toBeGreaterThan(1 - BY - 1e-4);
    expect(Math.max(...factors) - Math.min(...factors)).toBeGreaterThan(1.5 * BY);
    expect(targets).toBe(true);
    expect(apart).toBe(0);
  });

  it('noise', () => {
    const { before, after, targets, apart } = asked(`flip(horizontal), noise(by: ${BY})`);
    // Not flipped: those whose pixels are nearer to their own than to their mirror's.
    const noises = before.flatMap((image, k) => {
      const mirror = image.map((_, i) => image[i - (i % WIDTH) + WIDTH - 1 - (i % WIDTH)]!);
      const off = (one: readonly number[]) => one.map((value, i) => after[k]![i]! - value);
      const square = (values: readonly number[]) => values.reduce((sum, value) => sum + value * value, 0);
      return square(off(image)) < square(off(mirror)) ? off(image) : off(mirror);
    });
    const mean = noises.reduce((sum, value) => sum + value, 0) / noises.length;
    const deviation = Math.sqrt(noises.reduce((sum, value) => sum + value * value, 0) / noises.length);
    expect(Math.abs(mean)).toBeLessThan(0.03 * BY);
    expect(Math.abs(deviation / BY - 1)).toBeLessThan(0.03);
    expect(Math.max(...noises.map(Math.abs)) / BY).toBeLessThan(2 * Math.sqrt(3) + 1e-4);
    expect(targets).toBe(false);
    expect(apart).toBe(0);
  });
});

const CLASSES = (augment: string) => `network N {
  input image: [3, 8, 8]
  target label: class(4)
  logits = image -> flatten -> dense(4)
  loss crossentropy(logits, label)
  output logits
}
train N {
  augment flip(horizontal), ${augment}
}`;

describe('what a tool lacks is refused by name', () => {
  const refusal = (run: () => unknown) => {
    try {
      run();
    } catch (error) {
      if (error instanceof DiagnosticError) return `${error.diagnostic.code} ${error.diagnostic.message}`;
      throw error;
    }
    return 'nothing';
  };

  it.each(['mixup(0.2)', 'cutmix(1)', 'rotate(by: 10)'])('PyTorch: %s', (word) => {
    const message = refusal(() => exportPytorch(elaborated(CLASSES(word))));
    expect(message).toMatch(/^CNN4301 /);
    expect(message).toContain(`augmentation \`${word.split('(')[0]}\` `);
  });

  it.each(['mixup(0.2)', 'cutmix(1)'])('a step of training in ONNX: %s', (word) => {
    const message = refusal(() => exportOnnxTraining(elaborated(CLASSES(word))));
    expect(message).toMatch(/^CNN4301 /);
    expect(message).toContain(`\`${word.split('(')[0]}\``);
  });
});
