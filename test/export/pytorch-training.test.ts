/**
 * @file Exported networks train in PyTorch as our modules do: from the same weights, on the same batches, the same losses.
 * The emitted script's own `load_weights`, `fit` and `evaluate` run; both sides take the images in their order.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
// @ts-expect-error plain JavaScript
import { networks } from '../../bench/networks.mjs';
import { emitModule } from '../../src/compile.ts';
import { Random } from '../../src/data/random.ts';
import { exportPytorch } from '../../src/export/pytorch/export.ts';
import { elementCount, type Shape } from '../../src/ir/graph.ts';
import { newProgress } from '../../src/runtime/progress.ts';
import { scheduler } from '../../src/runtime/schedule.ts';
import type { Trainer } from '../../src/runtime/trainer-api.ts';
import type { Elaboration, ModelTarget } from '../../src/semantics/model.ts';
import { understand } from '../../src/semantics/understand.ts';
import { SCHEDULES } from '../../src/training/words.ts';
import { importModule } from '../support/load-module.ts';
import { askTwins, python, WITHOUT } from './python.ts';

interface Run {
  readonly name: string;
  readonly elaboration: Elaboration;
  readonly count: number;
  readonly batch: number;
  readonly epochs: number;
}

interface Found {
  readonly losses: readonly number[];
  readonly rates: readonly number[];
  /** Of all images, at the end. */
  readonly loss: number;
}

interface Column {
  readonly name: string;
  readonly shape: Shape;
  readonly values: Float32Array;
}

function columnOf(name: string, shape: Shape, count: number, draw: (random: Random) => number): Column {
  const random = new Random(5, name);
  return { name, shape, values: Float32Array.from({ length: count * elementCount(shape) }, () => draw(random)) };
}

function targetOf({ name, type, node }: ModelTarget, count: number): Column {
  const kinds = type.kind === 'class' ? type.classes : 2;
  return columnOf(name, node.shape, count, (random) => random.below(kinds));
}

/** Everything that both sides take, made once. */
interface Data {
  readonly inputs: readonly Column[];
  readonly targets: readonly Column[];
}

const dataOf = ({ elaboration: { training }, count }: Run): Data => ({
  inputs: training.inputs.map(({ name, shape }) => columnOf(name, shape, count, (random) => random.uniform())),
  targets: training.targets.map((target) => targetOf(target, count)),
});

const base64 = ({ buffer, byteOffset, byteLength }: Float32Array | Uint8Array) =>
  Buffer.from(buffer, byteOffset, byteLength).toString('base64');

function batchOf({ inputs, targets }: Data, from: number, to: number) {
  const cut = ({ shape, values }: Column) => values.slice(from * elementCount(shape), to * elementCount(shape));
  const given = (columns: readonly Column[]) =>
    columns.length === 1 ? cut(columns[0]!) : Object.fromEntries(columns.map((one) => [one.name, cut(one)]));
  return { images: given(inputs), ...(targets.length > 0 ? { labels: given(targets) } : {}) };
}

function trained(trainer: Trainer, { elaboration, count, batch, epochs }: Run, data: Data): Found {
  const { schedule, optimizer } = elaboration.settings;
  const effect = SCHEDULES.find(({ name }) => name === schedule.kind)!.effect;
  const { factor, observe } = scheduler(effect);
  const progress = { ...newProgress(0), epochs };
  const perEpoch = Math.ceil(count / batch);
  const rates: number[] = [];
  const losses: number[] = [];
  let loss = 0;
  for (let epoch = 0; epoch < epochs; epoch++) {
    for (let step = 0; step < perEpoch; step++) {
      const lr = optimizer.lr * factor(schedule, progress, epoch * perEpoch + step, perEpoch);
      rates.push(lr);
      losses.push(trainer.step(batchOf(data, step * batch, Math.min((step + 1) * batch, count)), { lr }).loss);
    }
    loss = 0;
    for (let from = 0; from < count; from += batch) {
      const to = Math.min(from + batch, count);
      loss += (trainer.evaluate(batchOf(data, from, to)).loss * (to - from)) / count;
    }
    observe?.(schedule, progress, loss);
  }
  return { losses, rates, loss };
}

async function both(run: Run) {
  const data = dataOf(run);
  const { code } = await emitModule(run.elaboration, { target: 'wasm' });
  const trainer = await (await importModule(code)).createTrainer({ seed: 3 });
  const weights = base64(trainer.save({ weights: true }));
  const found = trained(trainer, run, data);
  trainer.dispose();
  const column = ({ shape, values }: Column) => ({ shape: [run.count, ...shape], data: base64(values) });
  const { batch, epochs } = run;
  const asked = {
    ...{ text: exportPytorch(run.elaboration), weights, batch, epochs },
    lr: run.elaboration.settings.optimizer.lr,
    inputs: data.inputs.map(column),
    targets: data.targets.map(column),
  };
  return { asked, found };
}

type RunOptions = Partial<Run> & { readonly size?: number; readonly set?: Readonly<Record<string, number>> };

function runOf(name: string, text: string, { size, set = {}, ...sizes }: RunOptions = {}): Run {
  const settings = { set, ...(size ? { inputs: new Map([['image', [3, size, size]]]) } : {}) };
  const { elaboration, diagnostics } = understand(text, `${name}.cnn`, settings);
  if (!elaboration) throw new Error(`${name}: ${diagnostics.map(({ message }) => message).join('; ')}`);
  return { name, elaboration, count: 16, batch: 4, epochs: 5, ...sizes };
}

const trainBlock = (text: string, words: string) =>
  `${text}\ntrain ${/^network (\w+)/m.exec(text)![1]} {\n  ${words}\n}\n`;

const example = (name: string) => readFileSync(new URL(`../../examples/${name}.cnn`, import.meta.url), 'utf8');

/** Without a `train` block. */
const networkAlone = (text: string) => text.replace(/^train [\s\S]*/m, '');

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

const relative = (found: number, wanted: number) => Math.abs(found - wanted) / Math.max(Math.abs(wanted), 1e-3);

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
