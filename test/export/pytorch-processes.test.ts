/**
 * @file Two processes under `torchrun` train as one does: the same losses, with synchronised batch norm, uneven last batches,
 * and one of them killed on the way. The first life of the worker of rank 1 ends by SIGKILL in the middle of an epoch.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { Random } from '../../src/data/random.ts';
import { exportPytorch } from '../../src/export/pytorch/export.ts';
import { elaborated } from '../semantics/elaborated.ts';
import { python, WITHOUT } from './python.ts';

/** LeNet with batch norms. Flips are drawn by the seed and the image, whatever the number of processes. */
const NETWORK = `network LeNet {
  input image: [1, 28, 28]
  target label: class(10)
  logits = image -> conv(6, 5x5, pad: 2, bias: false) -> batchnorm -> relu -> maxpool(2)
                 -> conv(16, 5x5, bias: false) -> batchnorm -> relu -> maxpool(2)
                 -> flatten -> dense(120) -> relu -> dense(84) -> relu -> dense(10)
  loss crossentropy(logits, label)
  metric accuracy(logits, label)
  output probs = softmax(logits)
}

train LeNet {
  init kaiming
  augment flip(horizontal)
  optimizer sgd(lr: 0.01, momentum: 0.9)
  schedule cosine
  batch 16
  epochs 5
}`;

/** Three batches of 16, 16 and 13. */
const IMAGES = 45;

/** After that many steps the worker dies; a checkpoint was written one step before. */
const DIES_AFTER = 7;

/** Runs the script; its second worker ends itself the hard way, once. */
const DRIVER = `import os
import signal
import net

augment, calls = net.augment, []


def dying(*given):
    calls.append(1)
    if os.environ.get("RANK") == "1" and os.environ["TORCHELASTIC_RESTART_COUNT"] == "0" and len(calls) > ${DIES_AFTER}:
        os.kill(os.getpid(), signal.SIGKILL)
    return augment(*given)


net.torch.set_num_threads(1)
net.augment = dying
net.main()
`;

/** An array as NumPy writes it. */
function npy(values: Uint8Array, shape: readonly number[]): Buffer {
  const text = `{'descr': '|u1', 'fortran_order': False, 'shape': (${shape.join(', ')},), }`;
  const header = `${text.padEnd(117)}\n`;
  return Buffer.concat([
    Buffer.from('\x93NUMPY\x01\x00', 'latin1'),
    Buffer.from([header.length, 0]),
    Buffer.from(header),
    values,
  ]);
}

function writeData(folder: string): void {
  mkdirSync(folder);
  for (const [part, count] of [
    ['train', IMAGES],
    ['test', 11],
  ] as const) {
    const random = new Random(3, part);
    const labels = Uint8Array.from({ length: count }, () => random.below(10));
    const images = Uint8Array.from(
      { length: count * 784 },
      (_, k) => random.below(128) + 12 * labels[Math.floor(k / 784)]!,
    );
    writeFileSync(join(folder, `x_${part}.npy`), npy(images, [count, 1, 28, 28]));
    writeFileSync(join(folder, `y_${part}.npy`), npy(labels, [count]));
  }
}

interface Entry {
  readonly kind: string;
  readonly step?: number;
  readonly epoch?: number;
  readonly loss?: number;
  readonly test?: { readonly loss: number };
}

/** Runs the script; what it logged. */
function logged(folder: string, launcher: readonly string[], out: string, options: readonly string[] = []) {
  const all = [...launcher, 'driver.py', '--data', 'npz:data', '--out', out, '--log-every', '1', ...options];
  const { status, stderr, stdout } = spawnSync(python!, all, {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, OMP_NUM_THREADS: '1' },
    timeout: 120_000,
  });
  if (status !== 0) throw new Error(`${stdout.slice(-1000)}\n${stderr.slice(-3000)}`);
  const lines = readFileSync(join(folder, out, 'metrics.jsonl'), 'utf8')
    .trim()
    .split('\n');
  return { entries: lines.map((line) => JSON.parse(line) as Entry), stdout };
}

const TORCHRUN = [
  ...['-m', 'torch.distributed.run', '--nproc_per_node', '2', '--max_restarts', '1', '--monitor_interval', '0.1'],
  // Where nothing is redirected, PyTorch 1.13 fails with Python 3.11.
  ...['--rdzv_backend', 'c10d', '--rdzv_endpoint', 'localhost:0', '-r', '2', '-t', '2', '--log_dir', 'logs'],
];

it.skipIf(!python)(
  `two processes train as one, and survive the death of one (${python ? '' : WITHOUT})`,
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'twins-'));
    try {
      writeFileSync(join(folder, 'net.py'), exportPytorch(elaborated(NETWORK)));
      writeFileSync(join(folder, 'driver.py'), DRIVER);
      writeData(join(folder, 'data'));
      const one = logged(folder, [], 'one').entries;
      const { entries: two, stdout } = logged(folder, TORCHRUN, 'two', ['--sync-batchnorm', '--save-every', '2']);
      expect(stdout).toContain('continuing in epoch 3, step 1');
      const stepsOf = (entries: readonly Entry[]) => entries.filter(({ kind }) => kind === 'step');
      expect(stepsOf(one).map(({ step }) => step)).toEqual(Array.from({ length: 15 }, (_, k) => k + 1));
      // The step after the checkpoint was computed twice, by the first workers and by those that took their place.
      expect(stepsOf(two).map(({ step }) => step)).toEqual([1, 2, 3, 4, 5, 6, 7, 7, 8, 9, 10, 11, 12, 13, 14, 15]);
      for (const { step, loss } of stepsOf(two)) {
        const wanted = stepsOf(one)[step! - 1]!.loss!;
        expect(Math.abs(loss! - wanted) / wanted, `step ${step}: ${loss} and ${wanted}`).toBeLessThan(1e-5);
      }
      const tests = (entries: readonly Entry[]) => entries.flatMap(({ test }) => (test ? [test.loss] : []));
      expect(tests(two).length).toBe(5);
      tests(two).forEach((loss, epoch) => {
        const wanted = tests(one)[epoch]!;
        expect(Math.abs(loss - wanted) / wanted, `test of epoch ${epoch + 1}`).toBeLessThan(1e-5);
      });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
  240_000,
);
