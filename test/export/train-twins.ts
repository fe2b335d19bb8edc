/** @file Networks that train as our modules and as exported files: from the same weights, on the same batches, the images in their order. */
import { readFileSync } from 'node:fs';
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

export interface Run {
  readonly name: string;
  readonly elaboration: Elaboration;
  readonly count: number;
  readonly batch: number;
  readonly epochs: number;
}

export interface Found {
  readonly losses: readonly number[];
  readonly rates: readonly number[];
  /** Of all images, at the end. */
  readonly loss: number;
  /** The first output of the first batch, before anything was learned. */
  readonly output: ArrayLike<number>;
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

function trained(trainer: Trainer, { elaboration, count, batch, epochs }: Run, data: Data): Omit<Found, 'output'> {
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

export async function both(run: Run) {
  const data = dataOf(run);
  const { code } = await emitModule(run.elaboration, { target: 'wasm' });
  const trainer = await (await importModule(code)).createTrainer({ seed: 3 });
  const saved = trainer.save({ weights: true });
  const weights = base64(saved);
  const { images } = batchOf(data, 0, run.batch);
  const output = run.elaboration.inference.outputs.length > 0 ? await trainer.predict(images) : [];
  const found = { ...trained(trainer, run, data), output };
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

export type RunOptions = Partial<Run> & { readonly size?: number; readonly set?: Readonly<Record<string, number>> };

export function runOf(name: string, text: string, { size, set = {}, ...sizes }: RunOptions = {}): Run {
  const settings = { set, ...(size ? { inputs: new Map([['image', [3, size, size]]]) } : {}) };
  const { elaboration, diagnostics } = understand(text, `${name}.cnn`, settings);
  if (!elaboration) throw new Error(`${name}: ${diagnostics.map(({ message }) => message).join('; ')}`);
  return { name, elaboration, count: 16, batch: 4, epochs: 5, ...sizes };
}

export const trainBlock = (text: string, words: string) =>
  `${text}\ntrain ${/^network (\w+)/m.exec(text)![1]} {\n  ${words}\n}\n`;

export const example = (name: string) => readFileSync(new URL(`../../examples/${name}.cnn`, import.meta.url), 'utf8');

/** Without a `train` block. */
export const networkAlone = (text: string) => text.replace(/^train [\s\S]*/m, '');

export const relative = (found: number, wanted: number) => Math.abs(found - wanted) / Math.max(Math.abs(wanted), 1e-3);
