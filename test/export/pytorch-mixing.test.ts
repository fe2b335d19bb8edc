/**
 * @file Images that are mixed in pairs, in exported networks: the script pastes and adds up as our modules do, its loss is the loss of our
 * graph, and the processes of torchrun mix what one process would. What the tools cannot do is refused by name.
 */
import { describe, expect, it } from 'vitest';
import { randomData } from '../../src/check/check-gradients.ts';
import { createExecutor } from '../../src/check/execute-graph.ts';
import { Random } from '../../src/data/random.ts';
import { DiagnosticError } from '../../src/diagnostics/diagnostic.ts';
import { exportOnnxTraining } from '../../src/export/onnx/training.ts';
import { exportPytorch } from '../../src/export/pytorch/export.ts';
import { elementCount, type Shape } from '../../src/ir/graph.ts';
import { trainingGraph } from '../../src/plan/program-graphs.ts';
import type { Elaboration } from '../../src/semantics/model.ts';
import type { Mixture } from '../../src/training/augmentations/augmentation.ts';
import { cutmix } from '../../src/training/augmentations/cutmix.ts';
import { choose } from '../../src/training/word.ts';
import { elaborated } from '../semantics/elaborated.ts';
import { TRAITS } from '../support/run-graph.ts';
import { python, runPython, WITHOUT } from './python.ts';

const SHAPE = [3, 7, 10] as const;
const [, HEIGHT, WIDTH] = SHAPE;
const SIZE = elementCount(SHAPE);

const COUNT = 6;

/** Classes of images. */
const ofImages = (augment: string, loss: string, more = '') => `network N {
  input image: [${SHAPE.join(', ')}]
  target label: class(5${more})
  z = image -> dense(5)
  loss ${loss}
  metric accuracy(z, label)
  output z
}
train N { augment ${augment} }`;

interface Mixed {
  readonly text: string;
  readonly mixture: Mixture;
  readonly kinds: number;
}

const BOX: Mixture['box'] = [2, 0, 6, 7];

const MIXED: Readonly<Record<string, Mixed>> = {
  mixup: { text: ofImages('mixup', 'crossentropy(z, label)'), mixture: { share: 0.7 }, kinds: 5 },
  cutmix: {
    text: ofImages('cutmix', 'crossentropy(z, label) + 0.1 * mean(z ^ 2)'),
    mixture: { share: 0.6, box: BOX },
    kinds: 5,
  },
  'nothing mixed': { text: ofImages('mixup', 'crossentropy(z, label)'), mixture: { share: 1 }, kinds: 5 },
  'weights of classes': {
    text: ofImages('mixup', 'crossentropy(z, label, weights: [1, 2, 3, 4, 5])'),
    mixture: { share: 0.2 },
    kinds: 5,
  },
  'a class that does not count': {
    text: ofImages('mixup, cutmix', 'focal(z, label)', ', ignore: 5'),
    mixture: { share: 0.2 },
    kinds: 6,
  },
};

/** The loss of our graph, in f64, of images that are mixed here. */
function oursMixed(elaboration: Elaboration, { mixture: { share, box } }: Mixed, data: Data): number {
  const graph = trainingGraph(elaboration);
  const next = (k: number, size: number) => (k + size) % (COUNT * size);
  const pixels = data.images.map((own, k) => {
    const [x, y] = [k % WIDTH, Math.floor(k / WIDTH) % HEIGHT];
    const other = data.images[next(k, SIZE)]!;
    if (!box) return share * own + (1 - share) * other;
    return y >= box[0] && y < box[2] && x >= box[1] && x < box[3] ? other : own;
  });
  const even = (value: number) => Array<number>(COUNT).fill(value / COUNT);
  const given: Record<string, ArrayLike<number>> = {
    ...randomData(graph, { count: COUNT, seed: 1 }),
    ...{ image: pixels, label: data.labels, 'label.partner': data.labels.map((_, k) => data.labels[next(k, 1)]!) },
    ...{ weight: even(1), 'weight.own': even(share), 'weight.partner': even(1 - share) },
    ...Object.fromEntries(data.states.map(({ name, values }) => [name, values])),
  };
  const run = createExecutor(graph, { engine: 'interpreter', traits: TRAITS, maxCount: COUNT }).run({
    ...{ count: COUNT, update: false },
    data: given,
  });
  return run.values(graph.results.find(({ role }) => role === 'loss')!.node)[0]!;
}

interface Data {
  readonly images: readonly number[];
  readonly labels: readonly number[];
  readonly states: readonly { readonly name: string; readonly shape: Shape; readonly values: readonly number[] }[];
}

function dataOf({ states }: Elaboration, kinds: number): Data {
  const numbers = (name: string, length: number, draw: (random: Random) => number) => {
    const random = new Random(7, name);
    return Array.from({ length }, () => draw(random));
  };
  const parameters = states.filter(({ role }) => role === 'parameter');
  return {
    images: numbers('images', COUNT * SIZE, (random) => random.uniform()),
    labels: numbers('labels', COUNT, (random) => random.below(kinds)),
    states: parameters.map(({ name, shape }) => ({
      ...{ name, shape },
      values: numbers(name, elementCount(shape), (random) => random.uniform(-0.1, 0.1)),
    })),
  };
}

/** `apart`: between what one process is given and what each of three is. */
const ASK = `
import json, sys, torch
asked = json.load(sys.stdin)

def load(text):
    net = {"__name__": "net"}
    exec(text, net)
    return net

for case in asked["cases"]:
    net = load(case["text"])
    images = torch.tensor(case["images"]).reshape(${COUNT}, ${SHAPE.join(', ')})
    split = {"inputs": [images], "targets": [torch.tensor(case["labels"])]}
    net["mixture"] = lambda seed, number: (case["mixture"]["share"], case["mixture"].get("box"))

    def given(rank, world):
        net["HERE"].update(rank=rank, world=world)
        part = net["Part"](split, ${COUNT}, False, 1, rank, world)
        step, chosen, places, own, everywhere = next(part.batches(0))
        return net["training_batch"](part, step, chosen, places, everywhere, 1, 0, torch.device("cpu"))

    network = net["build"]()
    with torch.no_grad():
        for state in case["states"]:
            network.get_parameter(state["name"]).copy_(torch.tensor(state["values"]).reshape(state["shape"]))
    whole = given(0, 1)
    apart = [(a[rank::3] - b).abs().max().item() for rank in range(3) for a, b in zip(whole, given(rank, 3)) if torch.is_tensor(a)]
    net["HERE"].update(rank=0, world=1)
    loss, metrics = net["make_objective"](network)(*whole)
    print(json.dumps({"loss": loss.item(), "apart": max(apart), "values": len(whole), "accuracy": metrics["accuracy"].item()}))

net = load(asked["both"])
boxes = [net["cut"](share, int(x * ${WIDTH}), int(y * ${HEIGHT}), ${HEIGHT}, ${WIDTH}) for share, x, y in asked["draws"]]
drawn = [net["mixture"](5, number) for number in range(400)]
print(json.dumps({"boxes": boxes, "shares": [share for share, box in drawn if box is None], "cuts": sum(box is not None for _, box in drawn)}))

net = load(asked["map"])
net["mixture"] = lambda seed, number: (0.5, (0, 0, 2, 3))
images, maps = torch.zeros(2, 1, 4, 5), torch.zeros(2, 4, 5).long()
images[1], maps[1] = 1.0, 1
part = net["Part"]({"inputs": [images], "targets": [maps]}, 2, False, 1, 0, 1)
step, chosen, places, own, everywhere = next(part.batches(0))
image, map, partner, share = net["training_batch"](part, step, chosen, places, everywhere, 1, 0, torch.device("cpu"))
print(json.dumps({"image": image[0, 0].tolist(), "map": map[0].tolist(), "partner": torch.equal(map, partner)}))
`;

const BOTH = ofImages('mixup(alpha: 1, part: 0.5), cutmix', 'crossentropy(z, label)');

const WITH_MAP = `network N {
  input image: [1, 4, 5]
  target map: class(2, [4, 5])
  z = image -> conv(2, 1x1)
  loss crossentropy(z, map)
  output z
}
train N { augment cutmix }`;

interface Drawn {
  readonly boxes: readonly unknown[];
  readonly shares: readonly number[];
  readonly cuts: number;
}

interface Answer {
  readonly loss: number;
  readonly apart: number;
  readonly values: number;
}

describe.skipIf(!python)(`images that are mixed in PyTorch (${python ? '' : WITHOUT})`, () => {
  const names = Object.keys(MIXED);
  const all = names.map((name) => {
    const elaboration = elaborated(MIXED[name]!.text);
    return { ...MIXED[name]!, elaboration, ...dataOf(elaboration, MIXED[name]!.kinds) };
  });
  const random = new Random(3, 'boxes');
  const draws = Array.from({ length: 50 }, () => [random.uniform(), random.uniform(), random.uniform()] as const);
  const asked = {
    cases: all.map(({ elaboration, ...one }) => ({ ...one, text: exportPytorch(elaboration) })),
    both: exportPytorch(elaborated(BOTH)),
    draws,
    map: exportPytorch(elaborated(WITH_MAP)),
  };
  const answers = python ? runPython<Answer>(ASK, asked) : [];

  it.each(names.map((name, k) => [name, k] as const))('%s', (_, k) => {
    const wanted = oursMixed(all[k]!.elaboration, all[k]!, all[k]!);
    expect(Math.abs(answers[k]!.loss - wanted) / wanted).toBeLessThan(1e-5);
    expect(answers[k]!.apart).toBe(0);
    // Where nothing is mixed, there are no partners.
    expect(answers[k]!.values).toBe(all[k]!.mixture.share === 1 ? 2 : 4);
  });

  it('boxes are those of our modules, and words and shares are as often', () => {
    const found = answers.at(-2) as unknown as Drawn;
    const wanted = draws.map(([share, x, y]) => {
      const rest = [x, y];
      const mixture = cutmix.effect.mix!(choose(cutmix), share, () => rest.shift()!, { height: HEIGHT, width: WIDTH });
      return [mixture.share, mixture.box];
    });
    expect(found.boxes).toEqual(wanted);
    const mixed = found.shares.filter((share) => share < 1);
    expect(Math.abs(found.cuts - 200)).toBeLessThan(50);
    expect(Math.abs(mixed.length - 100)).toBeLessThan(40);
    // Even between 0 and 1.
    expect(Math.abs(mixed.reduce((sum, share) => sum + share, 0) / mixed.length - 0.5)).toBeLessThan(0.12);
    expect(Math.min(...mixed)).toBeLessThan(0.1);
  });

  it('a box is pasted into maps of targets too', () => {
    const pasted = [
      [1, 1, 1, 0, 0],
      [1, 1, 1, 0, 0],
      [0, 0, 0, 0, 0],
      [0, 0, 0, 0, 0],
    ];
    expect(answers.at(-1)).toEqual({ image: pasted, map: pasted, partner: true });
  });
});

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

  it('PyTorch: a loss that is no sum over the images', () => {
    const text = (loss: string) => `network N {
  input image: [3, 8, 8]
  target goal: [4]
  z = image -> dense(4)
  loss ${loss}
  output z
}
train N { augment mixup }`;
    expect(refusal(() => exportPytorch(elaborated(text('mse(z, goal) + 0.1 * mean(z ^ 2)'))))).toBe('nothing');
    expect(refusal(() => exportPytorch(elaborated(text('mean((z - goal) ^ 2) / mean(goal)'))))).toBe('nothing');
    expect(refusal(() => exportPytorch(elaborated(text('sqrt(mse(z, goal))'))))).toMatch(
      /^CNN4301 the augmentation `mixup` /,
    );
    expect(refusal(() => exportPytorch(elaborated(text('mse(z, goal) * mae(z, goal)'))))).toMatch(/^CNN4301 /);
  });

  it.each(['mixup(0.2)', 'cutmix(1)'])('a step of training in ONNX: %s', (word) => {
    const message = refusal(() => exportOnnxTraining(elaborated(ofImages(word, 'crossentropy(z, label)'))));
    expect(message).toMatch(/^CNN4301 /);
    expect(message).toContain(`\`${word.split('(')[0]}\``);
  });
});
