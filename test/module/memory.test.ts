/** @file Steps leave nothing behind: the heap and the linear memory after many are what they were after some. */
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { compileSource, emitModule } from '../../src/compile.ts';
import { folderWith } from '../cli/run-cnnc.ts';

const network = (train: string) => `network Small {
  input  image: [1, 28, 28]
  target label: class(10)
  logits = image -> dense(10)
  loss   crossentropy(logits, label)
  metric accuracy(logits, label)
  output probs = softmax(logits)
}
train Small { batch 8 ${train} }`;

/** Bytes in use after 100 and after 1000 steps, and the most that a step takes for arrays. */
const RUN = `
const { createTrainer } = await import(process.argv[2]);
const trainer = await createTrainer();
const images = new Uint8Array(800 * 784).map((_, i) => (i * 7919) % 256);
const labels = new Uint8Array(800).map((_, n) => n % 10);
const found = [];
const look = () => {
  gc();
  const { heapUsed, external, arrayBuffers } = process.memoryUsage();
  const [{ data }] = trainer.parameters.values();
  found.push({ heap: heapUsed, outside: external + arrayBuffers, linear: data.buffer.byteLength });
};
const taken = () => process.memoryUsage().arrayBuffers;
let [steps, before, perStep] = [0, 0, 0];
// A collection between two looks takes off, so the most of some looks counts.
const onProgress = () => {
  steps++;
  if (steps === 100 || steps === 1000) look();
  if (steps > 900) {
    if (before) perStep = Math.max(perStep, taken() - before);
    before = taken();
  }
};
for await (const _ of trainer.fit({ train: { images, labels } }, { epochs: 10, onProgress }));
console.log(JSON.stringify({ found, perStep }));
`;

/** What code that is compiled meanwhile may take. */
const SLACK = 300_000;
/** Of a batch of eight images; one of them in doubles has 6272 bytes, the knots of its rubber sheet have 784. */
const MOST_PER_STEP = 2 * 6272;

it.each(['', 'augment elastic(by: 2), noise(by: 0.1) average ema(0.99) clip norm(1)'])(
  'steps with `%s` leave nothing behind',
  { timeout: 60_000 },
  async (train) => {
    const folder = folderWith({ 'run.mjs': RUN });
    const { elaboration } = compileSource(network(train), 'small.cnn');
    writeFileSync(join(folder, 'small.mjs'), (await emitModule(elaboration!, { program: false })).code);
    const command = ['--expose-gc', '--max-semi-space-size=128', 'run.mjs', './small.mjs'];
    const { stdout } = await promisify(execFile)(process.execPath, command, { cwd: folder });
    const { found, perStep } = JSON.parse(stdout);
    const [first, last] = found;
    expect(last.linear).toBe(first.linear);
    expect(last.outside - first.outside).toBeLessThan(10_000);
    expect(last.heap - first.heap).toBeLessThan(SLACK);
    expect(perStep).toBeLessThan(MOST_PER_STEP);
  },
);
