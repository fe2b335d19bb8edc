/**
 * @file Exported networks train in PyTorch as our modules do: from the same weights, on the same batches, the same losses.
 * The emitted script's own `load_weights`, `fit` and `evaluate` run; both sides take the images in their order.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
// @ts-expect-error plain JavaScript
import { networks } from '../../bench/networks.mjs';
import { askTwins, python, WITHOUT } from './python.ts';
import { both, example, type Found, networkAlone, type Run, relative, runOf, trainBlock } from './train-twins.ts';

/** Steps of a deep network with batch norms are short: longer ones let differences of rounding grow a thousandfold in twenty. */
const bench = () =>
  (networks as readonly { readonly name: string; readonly text: () => string }[]).map(({ name, text }) =>
    runOf(
      name,
      trainBlock(networkAlone(text()), `optimizer sgd(lr: ${name === 'resnet20' ? 0.0001 : 0.01}, momentum: 0.9)`),
    ),
  );

/** Twenty steps each; those with a `train` block of their own train by it. */
const zoo = () => [
  runOf('lenet5', trainBlock(example('zoo/lenet5'), 'optimizer sgd(lr: 0.0001)')),
  runOf('conv-autoencoder', example('zoo/conv-autoencoder')),
  runOf('ecg', example('zoo/ecg')),
  runOf(
    'dcgan-discriminator',
    trainBlock(example('zoo/dcgan-discriminator'), 'optimizer adam(lr: 0.0002, beta1: 0.5)'),
    {
      set: { width: 8 },
    },
  ),
  runOf('wideresnet', trainBlock(networkAlone(example('zoo/wideresnet')), 'optimizer sgd(lr: 0.0001)'), {
    set: { depth: 10, widen: 1 },
  }),
];

const SMALL = `network Small {
  input image: [1, 8, 8]
  target label: class(3)
  logits = image -> conv(3, 3x3, bias: false) -> batchnorm -> relu -> maxpool(2) -> flatten -> dense(3)
  loss crossentropy(logits, label)
  output logits
}`;

interface Word {
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly optimizer?: string;
  readonly schedule?: string;
}

const oracle = (name: string): readonly Word[] =>
  JSON.parse(readFileSync(new URL(`../oracle/${name}.json`, import.meta.url), 'utf8')).cases;

const written = (name: string, attributes: Word['attributes']) => {
  const given = Object.entries(attributes).flatMap(([key, value]) =>
    key === 'betas' && Array.isArray(value)
      ? value.map((one, k) => `beta${k + 1}: ${one}`)
      : [`${key}: ${JSON.stringify(value)?.replaceAll('"', '')}`],
  );
  return given.length > 0 ? `${name}(${given.join(', ')})` : name;
};

const CLIPS = ['', 'clip norm(0.5)', 'clip value(0.05)'];

/** Every optimiser with some schedule, every schedule with some optimiser: rates are compared by themselves. */
function words(): Run[] {
  const schedules = oracle('schedules');
  return oracle('optimizers').map(({ optimizer, attributes }, k) => {
    const { schedule, attributes: its } = schedules[k % schedules.length]!;
    const lines = [
      `optimizer ${written(optimizer!, attributes)}`,
      `schedule ${written(schedule!, its)}`,
      CLIPS[k % CLIPS.length]!,
    ];
    const name = lines.join(' ').trim();
    return runOf(name, trainBlock(SMALL, lines.join('\n  ')), { count: 22, batch: 8, epochs: 6 });
  });
}

describe.skipIf(!python)(`training in PyTorch (${python ? '' : WITHOUT})`, async () => {
  const runs = python ? [...bench(), ...zoo(), ...words()] : [];
  const cases: Awaited<ReturnType<typeof both>>[] = [];
  for (const run of runs) cases.push(await both(run));
  const answers = python
    ? (askTwins(cases.map(({ asked }) => asked)) as unknown as (Found & { error?: string })[])
    : [];

  it.each(runs.map(({ name }, k) => [name, k] as const))('%s', (_, k) => {
    const { losses, rates, loss, error } = answers[k]!;
    const { found } = cases[k]!;
    expect(error).toBeUndefined();
    expect(losses.length).toBe(found.losses.length);
    rates.forEach((rate, step) => {
      expect(rate, `rate of step ${step + 1}`).toBeCloseTo(found.rates[step]!, 12);
    });
    const errors = losses.map((one, step) => relative(one, found.losses[step]!));
    expect(errors[0], 'first loss').toBeLessThan(1e-5);
    expect(Math.max(...errors), `${losses} and ${found.losses}`).toBeLessThan(1e-4);
    expect(relative(loss, found.loss), `at the end ${loss} and ${found.loss}`).toBeLessThan(1e-4);
  });
});
