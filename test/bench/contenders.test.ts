/** @file Contenders from the same weights find the same losses, step by step: they are one network with one update. */
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
// @ts-expect-error plain JavaScript
import { assertAgreement } from '../../bench/benchmarks/step.mjs';
// @ts-expect-error plain JavaScript
import { enlist, TooSlow } from '../../bench/contender-process.mjs';
// @ts-expect-error plain JavaScript
import { drawPatterns } from '../../bench/data.mjs';
// @ts-expect-error plain JavaScript
import * as vocabulary from '../../bench/layers.mjs';
// @ts-expect-error plain JavaScript
import { contenderNames, describeNode, isComparable, lineUp } from '../../bench/line-up.mjs';
// @ts-expect-error plain JavaScript
import { findNetwork } from '../../bench/networks.mjs';
// @ts-expect-error plain JavaScript
import { missing } from '../../bench/optional-packages.mjs';
// @ts-expect-error plain JavaScript
import { readTask, withTask } from '../../bench/task.mjs';
import { loadModule } from '../support/load-module.ts';

const { batchnorm, conv, dense, globalavgpool, pool, relu, residual, withShapes } = vocabulary;

const node = describeNode(process.execPath);
const training = { batch: 8, learningRate: 0.05, momentum: 0.9 };
const STEPS = 4;

/** Every kind of layer, odd sizes, a stride, and a block that changes the size. */
const layers = withShapes(
  [
    ...[conv(4, 3, 1, { bias: false }), batchnorm, relu, conv(5, 3, 0), pool],
    residual(
      [conv(6, 3, 1, { stride: 2, bias: false }), batchnorm, relu, conv(6, 3, 1)],
      [conv(6, 1, 0, { stride: 2, bias: false }), batchnorm],
    ),
    ...[relu, residual([conv(6, 3, 1)]), globalavgpool, dense(7), relu, dense(3)],
  ],
  [2, 12, 12],
);
const text = `network Small {
  input image: [2, 12, 12]
  target label: class(3)
  first = image -> conv(4, 3x3, pad: 1, bias: false) -> batchnorm -> relu -> conv(5, 3x3) -> maxpool(2)
  main = first -> conv(6, 3x3, stride: 2, pad: 1, bias: false) -> batchnorm -> relu -> conv(6, 3x3, pad: 1)
  skip = first -> conv(6, 1x1, stride: 2, bias: false) -> batchnorm
  second = (main + skip) -> relu
  third = second -> conv(6, 3x3, pad: 1)
  logits = (third + second) -> globalavgpool -> dense(7) -> relu -> dense(3)
  loss crossentropy(logits, label)
  metric accuracy(logits, label)
  output probs = softmax(logits)
}
train Small { optimizer sgd(lr: 0.05, momentum: 0.9) batch 8 }
`;
const small = {
  ...{ name: 'small', text: () => text, input: [2, 12, 12], classes: 3, layers },
  parameters: vocabulary.countParameters(layers),
};
const lenet = findNetwork('lenet');

type Task = Record<string, unknown>;

function dataFor(network: typeof small, tests = 0) {
  const count = STEPS * training.batch;
  return { ...drawPatterns(count + tests, network.input, network.classes), count, tests };
}

/** Losses of one step after the other; `undefined` for a contender that is not installed. */
function lossesOf(name: string, network: typeof small): Promise<number[] | string> {
  return withTask(
    network,
    dataFor(network),
    async (task: Task) => {
      const { ready, skipped } = await enlist(lineUp([name], [1], [node]), task).catch((error: Error) => ({
        ready: [],
        skipped: [{ reason: error.message }],
      }));
      if (ready.length === 0) return skipped[0].reason;
      const losses: number[] = [];
      for (let k = 0; k < STEPS; k++) {
        const answer = await ready[0].ask({ command: 'train', from: k * training.batch, batches: 1 });
        if (answer.skip !== undefined) return answer.skip;
        losses.push(answer.loss);
      }
      ready[0].end();
      return losses;
    },
    training,
  );
}

/** This project, compiled from the sources at hand and not from `dist`; both texts ask for `training`. */
function ownLosses(network: typeof small): Promise<number[]> {
  return withTask(
    network,
    dataFor(network),
    async (task: Task) => {
      const { images, labels, parameters } = readTask(task);
      const module = await loadModule(network.text(), { maxBatch: 8 });
      const trainer = await module.createTrainer({ seed: 1 });
      const names = module.network.parameters.map(({ name }) => name);
      for (const [k, name] of names.entries()) trainer.parameters.get(name)!.data.set(parameters[k].data);
      const size = images.length / labels.length;
      const losses: number[] = [];
      for (let from = 0; from < labels.length; from += 8) {
        const batch = {
          images: images.subarray(from * size, (from + 8) * size),
          labels: labels.subarray(from, from + 8),
        };
        losses.push((await trainer.step(batch, { lr: 0.05 })).loss);
      }
      return losses;
    },
    training,
  );
}

const others = contenderNames().filter((name: string) => !name.startsWith('cnnc-'));

describe.each([
  ['a residual network', small],
  ['LeNet', lenet],
])('%s', (_, network) => {
  let own: readonly number[] = [];
  beforeAll(async () => {
    own = await ownLosses(network);
    expect(own.at(-1)).not.toBeCloseTo(own[0]!, 3);
  });

  it.for(others as string[])('%s takes the same steps', async (name, context) => {
    const losses = await lossesOf(name, network);
    if (typeof losses === 'string') {
      // ConvNetJS is installed with the project; the others are optional.
      if (name !== 'convnetjs' && /not installed|cannot import torch|there is no/.test(losses)) context.skip(losses);
      return expect(losses).toMatch(/ConvNetJS has no layer batchnorm$|not registered for backend 'wasm'$/);
    }
    expect(losses).toHaveLength(STEPS);
    for (const [k, loss] of losses.entries()) expect(Math.abs(loss / own[k]! - 1)).toBeLessThan(1e-3);
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
    const data = { ...drawPatterns(512 + 100, lenet.input, lenet.classes), count: 512, tests: 100 };
    const accuracy = await withTask(
      lenet,
      data,
      async (task: Task) => {
        const { ready, skipped } = await enlist(lineUp(['convnetjs'], [1], [node]), task);
        expect(skipped).toEqual([]);
        const before = (await ready[0].ask({ command: 'train', from: 0, batches: 1 })).loss;
        const after = (await ready[0].ask({ command: 'train', from: 8, batches: 63 })).loss;
        expect(after).toBeLessThan(before / 2);
        const { accuracy } = await ready[0].ask({ command: 'test' });
        ready[0].end();
        return accuracy;
      },
      { ...training, learningRate: 0.03 },
    );
    expect(accuracy).toBeGreaterThan(0.5);
  });

  it('refuses to compare networks with other parameters or another loss', async () => {
    const network = { ...lenet, parameters: 61705 };
    const enlisted = withTask(network, dataFor(lenet), (task: Task) =>
      enlist(lineUp(['convnetjs'], [1], [node]), task),
    );
    await expect(enlisted).rejects.toThrow('convnetjs, Node');
    const warm = (loss: number) => [
      { id: 'A', loss: 2 },
      { id: 'B', loss },
    ];
    expect(() => assertAgreement(warm(2.001))).not.toThrow();
    expect(() => assertAgreement(warm(2.1))).toThrow('B computes another network');
    expect(() => assertAgreement(warm(Number.NaN))).toThrow('B computes another network');
  });

  it('ends what takes too long', async () => {
    const slow = withTask(lenet, dataFor(lenet), async (task: Task) => {
      const { ready } = await enlist(lineUp(['convnetjs'], [1], [node]), task);
      return ready[0].ask({ command: 'train', from: 0, batches: 1e6 }, 0.2);
    });
    await expect(slow).rejects.toThrow(TooSlow);
  });
});

describe('optional packages', () => {
  it('that are missing are named with the command that installs them', () => {
    const { skip } = missing('chevrotain-of-nobody', '@nobody/nothing');
    expect(skip).toBe('chevrotain-of-nobody and @nobody/nothing not installed: npm install --prefix bench');
    const { dependencies } = JSON.parse(readFileSync(new URL('../../bench/package.json', import.meta.url), 'utf8'));
    // Exact versions, so that figures can be repeated.
    expect(Object.values(dependencies).every((version) => /^\d+\.\d+\.\d+$/.test(String(version)))).toBe(true);
  });
});

describe('the line-up', () => {
  const second = { path: '/other/node', version: '99.0.0', label: 'Node 99' };
  const entries = lineUp(['cnnc-wasm', 'convnetjs', 'pytorch'], [1, 2], [node, second]);

  it('has threads for those that use them, every Node for JavaScript, and PyTorch once', () => {
    const current = `Node ${process.versions.node.split('.')[0]}`;
    expect(entries.map(({ id }: { id: string }) => id)).toEqual([
      ...[`cnnc-wasm, ${current}`, `cnnc-wasm@2, ${current}`, 'cnnc-wasm, Node 99', 'cnnc-wasm@2, Node 99'],
      ...[`convnetjs, ${current}`, 'convnetjs, Node 99', 'pytorch', 'pytorch@2'],
    ]);
  });

  it('compares on equal threads and on the same Node', () => {
    const [one, two, otherOne] = entries;
    const [pytorch, pytorchTwo] = entries.slice(-2);
    expect(isComparable(one, two)).toBe(false);
    expect(isComparable(one, otherOne)).toBe(false);
    expect([one, otherOne].map((own) => isComparable(own, pytorch))).toEqual([true, true]);
    expect(isComparable(one, pytorchTwo)).toBe(false);
  });
});
