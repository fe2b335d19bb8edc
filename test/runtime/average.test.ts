/** @file The running mean of the weights: PyTorch's, and what is tested, kept and saved of it. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseSafetensors, tensorValues } from '../../src/runtime/safetensors.ts';
import { loadModule } from '../support/load-module.ts';

const { keeps, given, cases } = JSON.parse(
  readFileSync(new URL('../oracle/average.json', import.meta.url), 'utf8'),
) as {
  keeps: number;
  given: Record<'images' | 'targets' | 'weight' | 'bias', number[]>;
  cases: readonly { accumulate: number; steps: readonly Record<'weight' | 'average', number[]>[] }[];
};

const network = (train: string) => `network Line {
  input  image: [1, 2, 2]
  target wanted: [3]
  y = image -> flatten -> dense(3)
  loss mse(y, wanted)
  output y
}
train Line { optimizer sgd(lr: 0.2, momentum: 0.9) average ema(${keeps}) batch 4 ${train} }`;

const images = Float32Array.from(given.images);
const labels = Float32Array.from(given.targets);
const data = { train: { count: 4, images, labels }, shape: [1, 2, 2] };

async function started(train = '') {
  const { createTrainer } = await loadModule(network(train), { target: 'js' });
  const trainer = await createTrainer();
  const [weight, bias] = [...trainer.parameters.values()];
  weight!.data.set(given.weight);
  bias!.data.set(given.bias);
  return { createTrainer, trainer, weight: weight! };
}

const weightIn = (bytes: Uint8Array, ending: RegExp) => {
  const { tensors } = parseSafetensors(bytes);
  const name = [...tensors.keys()].find((one) => ending.test(one))!;
  return [...tensorValues(name, tensors.get(name)!)];
};

function close(found: Iterable<number>, expected: readonly number[]): void {
  [...found].forEach((value, k) => {
    expect(value).toBeCloseTo(expected[k]!, 5);
  });
}

describe('over twenty steps', () => {
  it.each(cases.map((one) => [one.accumulate, one.steps] as const))(
    'of which every %i are an update',
    async (every, steps) => {
      const { trainer, weight } = await started(every > 1 ? `accumulate ${every}` : '');
      steps.forEach((expected, k) => {
        trainer.step({ images, labels });
        close(weight.data, expected.weight);
        // Before its first update, PyTorch's holds the first weights.
        if (k + 1 >= every) close(weightIn(trainer.save(), /average.*weight$/), expected.average);
      });
    },
  );
});

describe('a run', () => {
  const { steps } = cases[0]!;

  it('is tested with the mean, and ends with it', async () => {
    const { trainer, weight } = await started();
    const seen: { testLoss: number; live: number[]; alone: number[] }[] = [];
    for await (const { testLoss } of trainer.fit({ ...data, test: data.train }, { epochs: 20 }))
      seen.push({ testLoss, live: [...weight.data], alone: weightIn(trainer.save({ weights: true }), /weight$/) });
    seen.forEach(({ live, alone }, k) => {
      close(live, steps[k]!.weight);
      close(alone, steps[k]!.average);
    });
    close(weight.data, steps[19]!.average);
    expect(trainer.evaluate({ images, labels }).loss).toBeCloseTo(seen[19]!.testLoss, 6);
  });

  it('is measured with the mean between its steps, too, and goes on with the weights', async () => {
    const { trainer, weight } = await started();
    const { trainer: other } = await started();
    const losses: number[][] = [];
    const onProgress = () => {
      other.load(trainer.save({ weights: true }));
      losses.push([trainer, other].map((one) => one.evaluate({ images, labels }).loss));
      expect(trainer.predict(images)).toEqual(other.predict(images));
      close(weight.data, steps[losses.length - 1]!.weight);
    };
    for await (const _ of trainer.fit(data, { epochs: 5, onProgress }));
    expect(losses).toHaveLength(5);
    for (const [found, expected] of losses) expect(found).toBe(expected);
  });

  it('goes on from a checkpoint with the same bits, before its end and behind', async () => {
    const finish = async (trainer: Awaited<ReturnType<typeof started>>['trainer'], epochs: number) => {
      for await (const _ of trainer.fit({ ...data, test: data.train }, { epochs, watch: 'test', patience: 50 }));
      return trainer.save();
    };
    const { createTrainer, trainer } = await started();
    const whole = await finish(trainer, 20);
    const { trainer: other } = await started();
    const again = await createTrainer();
    again.load(await finish(other, 9));
    const resumed = await finish(again, 20);
    expect(weightIn(resumed, /^last:.*weight$/)).toEqual(weightIn(whole, /^last:.*weight$/));
    expect(weightIn(resumed, /average.*weight$/)).toEqual(weightIn(whole, /average.*weight$/));
    expect([...again.parameters.values()][0]!.data).toEqual([...trainer.parameters.values()][0]!.data);
  });
});
