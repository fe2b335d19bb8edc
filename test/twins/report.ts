/**
 * @file Every network of the zoo and of the benchmarks as it trains here and in PyTorch: parameters, outputs, the first loss, twenty
 * steps; and what compilers and linters of Python say of the file. Images are small and batches few: the formulas are the same.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
// @ts-expect-error plain JavaScript
import { networks } from '../../bench/networks.mjs';
import { product } from '../../src/common/shape.ts';
import { table } from '../../src/common/table.ts';
import { askTwins, python, WITHOUT } from '../export/python.ts';
import {
  both,
  example,
  type Found,
  networkAlone,
  type Run,
  type RunOptions,
  relative,
  runOf,
  trainBlock,
} from '../export/train-twins.ts';

/** Smaller where that changes nothing but sizes; other settings than those of the text, and other words of the `train` block. */
interface Choice {
  readonly options?: RunOptions;
  readonly words?: string;
}

const CLASSES = { classes: 10 };
const SMALL: RunOptions = { size: 64, set: CLASSES };

/** Long steps of a deep network with batch norms let differences of rounding grow a thousandfold in twenty. */
const GENTLE = 'optimizer sgd(lr: 0.000001)';

const CHOICES: Readonly<Record<string, Choice>> = {
  'conv-autoencoder': {},
  ecg: {},
  lenet5: { words: GENTLE },
  'dcgan-discriminator': { options: { set: { width: 8 } }, words: 'optimizer adam(lr: 0.0002, beta1: 0.5)' },
  'cifar-resnet': { options: { set: { depth: 8 } } },
  wideresnet: { options: { set: { depth: 10, widen: 1 } } },
  tcn: { options: { set: { levels: 4 } } },
  unet: { options: { set: { size: 32, pad: 1, width: 4 } } },
  siamese: {},
  allcnn: {},
  nin: {},
  vgg: { options: { size: 32, set: { depth: 11, classes: 10 } } },
  inception_v3: { options: { size: 299, set: CLASSES } },
  resnet: { options: SMALL },
};

const NAMES = readdirSync(new URL('../../examples/zoo', import.meta.url)).flatMap((file) =>
  file.endsWith('.cnn') ? [file.replace('.cnn', '')] : [],
);

/** What is random draws other numbers there. */
const steady = (text: string) =>
  text.replaceAll(/dropout\([^)]*\)/g, 'dropout(0)').replaceAll(/\bdrop: [^,)\n]*/g, 'drop: 0');

function zooRun(name: string): Run {
  const { options = {}, words = GENTLE } = CHOICES[name] ?? { options: SMALL };
  return runOf(name, trainBlock(networkAlone(steady(example(`zoo/${name}`))), words), {
    count: 8,
    epochs: 10,
    ...options,
  });
}

function benchRun({ name, text }: { readonly name: string; readonly text: () => string }): Run {
  const words = `optimizer sgd(lr: ${name === 'resnet20' ? 0.0001 : 0.01}, momentum: 0.9)`;
  return runOf(`bench ${name}`, trainBlock(networkAlone(steady(text())), words), { count: 8, epochs: 10 });
}

/** What a tool says of a file: nothing, or its last line. */
function said(command: string, args: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8' });
  if (error || /No module named|not found/.test(stderr)) return 'none here';
  return status === 0 ? 'clean' : (`${stdout}${stderr}`.trim().split('\n').at(-1) ?? 'fails');
}

function checked(text: string): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'cnnc-twin-'));
  const file = join(folder, 'net.py');
  writeFileSync(file, text);
  const [linter, ...options] = (process.env.CNNC_LINTER ?? `${python} -m pyflakes`).split(' ');
  const found = [said(python!, ['-m', 'py_compile', file]), said(linter!, [...options, file])];
  rmSync(folder, { recursive: true });
  return found;
}

function apart(found: ArrayLike<number>, wanted: ArrayLike<number>): number {
  const scale = Array.from(wanted).reduce((most, value) => Math.max(most, Math.abs(value)), 1e-30);
  if (found.length !== wanted.length) return Number.POSITIVE_INFINITY;
  return Array.from(wanted).reduce((most, value, k) => Math.max(most, Math.abs(value - found[k]!) / scale), 0);
}

interface Row {
  readonly cells: readonly string[];
  readonly holds: boolean;
}

async function rowOf(make: () => Run): Promise<Row> {
  const run = make();
  const { asked, found } = await both(run);
  // By name and shape, as the file has them.
  const states = run.elaboration.states.filter(({ role }) => role !== 'optimizer');
  const shapes = { text: asked.text, shapes: true, network: run.elaboration.training.name };
  const [named, twin] = askTwins([shapes, asked]) as unknown as [
    Record<string, readonly number[]>,
    Found & { error?: string },
  ];
  const same =
    states.every(({ name, shape }) => `${named[name]}` === `${shape}`) && Object.keys(named).length === states.length;
  const count = states.reduce((sum, { role, shape }) => sum + (role === 'parameter' ? product(shape) : 0), 0);
  const tools = checked(asked.text);
  const figures = twin.error
    ? [Number.NaN, Number.NaN, Number.NaN]
    : [
        apart(twin.output, found.output),
        relative(twin.losses[0]!, found.losses[0]!),
        Math.max(...twin.losses.map((loss, step) => relative(loss, found.losses[step]!))),
      ];
  const holds = same && figures[0]! < 1e-5 && figures[1]! < 1e-5 && figures[2]! < 1e-4;
  const cells = [
    run.name,
    `${count}`,
    same ? 'same' : 'OTHER',
    ...figures.map((one) => one.toExponential(1)),
    `${twin.losses?.length}`,
    `${found.losses[0]!.toFixed(4)} to ${found.losses.at(-1)!.toFixed(4)}`,
  ];
  if (twin.error) console.error(`${run.name}: ${twin.error}`);
  return { cells: [...cells, ...tools], holds: holds && tools.every((tool) => /clean|none/.test(tool)) };
}

const COLUMNS = [
  'network',
  'parameters',
  'names',
  'outputs',
  'first loss',
  'steps',
  'of',
  'loss',
  'py_compile',
  'linter',
];

/** Prints the table; the exit status is 1 if a network parts from its twin. */
export async function report(chosen: readonly string[]): Promise<number> {
  if (!python) {
    console.error(WITHOUT);
    return 2;
  }
  const all: (readonly [string, () => Run])[] = [
    ...(networks as { readonly name: string; readonly text: () => string }[]).map(
      (one) => [`bench ${one.name}`, () => benchRun(one)] as const,
    ),
    ...NAMES.map((name) => [name, () => zooRun(name)] as const),
  ];
  const rows: Row[] = [];
  for (const [name, make] of all) {
    if (chosen.length > 0 && !chosen.includes(name)) continue;
    try {
      rows.push(await rowOf(make));
    } catch (error) {
      rows.push({ cells: [name, '', '', '', '', '', '', '', '', (error as Error).message.slice(-200)], holds: false });
    }
    console.error(rows.at(-1)!.cells.join('  '));
  }
  const titles = COLUMNS.map((title, k) => ({ title, right: k > 0 && k < 7 && k !== 2 }));
  console.log(
    table(
      titles,
      rows.map(({ cells }) => cells),
    ).join('\n'),
  );
  const failed = rows.filter(({ holds }) => !holds);
  console.log(`\n${rows.length - failed.length} of ${rows.length} networks train as their twins do`);
  return failed.length > 0 ? 1 : 0;
}
