/**
 * @file LeNet on MNIST under `torchrun`: two processes have the losses of one for fifty steps, with synchronised batch norm, also when one of
 * them is killed on the way. `CNNC_MNIST=DIR npx vitest run test/export/pytorch-mnist.test.ts` names the four files of MNIST; it
 * takes a minute.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';
import { exportPytorch } from '../../src/export/pytorch/export.ts';
import { elaborated } from '../semantics/elaborated.ts';
import { python } from './python.ts';

const mnist = process.env.CNNC_MNIST;
const source = readFileSync(new URL('../../examples/lenet.cnn', import.meta.url), 'utf8');
const STEPS = 50;
const [KILLED_AFTER, SAVE_EVERY] = [29, 10];

/** Ends the run behind its last step; `DIE` makes the second worker kill itself once. */
const DRIVER = `import os
import signal
import net

batch, calls = net.training_batch, []


def counted(*given):
    calls.append(1)
    first = os.environ.get("TORCHELASTIC_RESTART_COUNT", "0") == "0"
    if "DIE" in os.environ and os.environ.get("RANK") == "1" and first and len(calls) > ${KILLED_AFTER}:
        os.kill(os.getpid(), signal.SIGKILL)
    if len(calls) > (${STEPS} if first else ${STEPS - SAVE_EVERY * Math.floor(KILLED_AFTER / SAVE_EVERY)}):
        raise SystemExit(0)
    real = net.torch.get_default_dtype()
    return [value.to(real) if value.is_floating_point() else value for value in batch(*given)]


net.torch.set_num_threads(1)
net.torch.set_default_dtype(getattr(net.torch, os.environ["DTYPE"]))
net.training_batch = counted
net.main()
`;

const TORCHRUN = [
  ...['-m', 'torch.distributed.run', '--nproc_per_node', '2', '--max_restarts', '1', '--monitor_interval', '0.1'],
  // Where nothing is redirected, PyTorch 1.13 fails with Python 3.11.
  ...['--rdzv_backend', 'c10d', '--rdzv_endpoint', 'localhost:0', '-r', '2', '-t', '2', '--log_dir', 'logs'],
];

const withNorms = source.replace(
  /-> (conv\d): conv\(([^)]*)\) -> relu/g,
  '-> $1: conv($2, bias: false) -> batchnorm -> relu',
);

it.skipIf(!python || !mnist).each([
  ['as the example has it', source, { DTYPE: 'float32' }],
  // In 64 bits: with batch norms, roundings in 32 bits drive any two runs apart, also of one process.
  ['with batch norms', withNorms, { DTYPE: 'float64' }],
  ['when one of them is killed', withNorms, { DTYPE: 'float64', DIE: '1' }],
])(
  `two processes have the losses of one, %s (${mnist ? 'PyTorch' : 'CNNC_MNIST names no folder'})`,
  (_, text, environment) => {
    const folder = mkdtempSync(join(tmpdir(), 'mnist-'));
    const losses = (launcher: readonly string[], out: string, more: object) => {
      const options = ['--data', `mnist:${resolve(mnist!)}`, '--out', out, '--log-every', '1', '--sync-batchnorm'];
      const { status, stderr, stdout } = spawnSync(
        python!,
        [...launcher, 'driver.py', ...options, '--save-every', `${SAVE_EVERY}`],
        { cwd: folder, encoding: 'utf8', env: { ...process.env, OMP_NUM_THREADS: '1', ...more }, timeout: 400_000 },
      );
      if (status !== 0) throw new Error(`${stdout.slice(-1000)}\n${stderr.slice(-3000)}`);
      const lines = readFileSync(join(folder, out, 'metrics.jsonl'), 'utf8')
        .trim()
        .split('\n');
      const entries = lines.map((line) => JSON.parse(line) as { kind: string; step: number; loss: number });
      return entries.filter(({ kind }) => kind === 'step');
    };
    try {
      writeFileSync(join(folder, 'net.py'), exportPytorch(elaborated(text)));
      writeFileSync(join(folder, 'driver.py'), DRIVER);
      const { DTYPE } = environment;
      const one = losses([], 'one', { DTYPE });
      const two = losses(TORCHRUN, 'two', environment);
      expect(new Set(two.map(({ step }) => step)).size).toBe(STEPS);
      const apart = two.map(({ step, loss }) => Math.abs(loss - one[step - 1]!.loss) / one[step - 1]!.loss);
      console.log(
        `${two.length} steps, losses ${one[0]!.loss} to ${one.at(-1)!.loss}, at most ${Math.max(...apart)} apart`,
      );
      expect(Math.max(...apart)).toBeLessThan(1e-5);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
  600_000,
);
