/** @file Long work lets the event loop turn, within an epoch as within a test: timers, input and Ctrl-C would wait for its end. */
import { afterEach, expect, it, vi } from 'vitest';
import { createTrainer } from '../../src/runtime/trainer.ts';
import { compileByHand } from './hand-compiled.ts';
import { blobs } from './oracle.ts';

afterEach(() => void vi.restoreAllMocks());

/** A clock that moves by so many milliseconds whenever it is read, and a signal that the event loop aborts when it turns. */
function abortedByLoop(milliseconds: number): AbortSignal {
  let now = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => (now += milliseconds));
  const stop = new AbortController();
  setTimeout(() => stop.abort());
  return stop.signal;
}

async function stepsUntilAborted(milliseconds: number): Promise<{ steps: number; ended: string }> {
  const trainer = await createTrainer(compileByHand().compiled);
  const signal = abortedByLoop(milliseconds);
  let steps = 0;
  const onProgress = () => void steps++;
  for await (const _ of trainer.fit({ train: blobs(80) }, { epochs: 1, batch: 1, signal, onProgress }));
  return { steps, ended: trainer.run!.ended };
}

it('an epoch of slow steps can be ended after any of them', async () => {
  const { steps, ended } = await stepsUntilAborted(1000);
  expect(ended).toBe('aborted');
  expect(steps).toBeLessThan(5);
});

it('an epoch of steps that take no time is not slowed down by it', async () => {
  expect(await stepsUntilAborted(0)).toEqual({ steps: 80, ended: 'epochs' });
});

it('an epoch breathes as often as it is told to', async () => {
  const trainer = await createTrainer(compileByHand().compiled);
  const turns = vi.spyOn(globalThis, 'setTimeout');
  let now = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => (now += 1));
  const count = async (yieldEvery?: number) => {
    const before = turns.mock.calls.length;
    for await (const _ of trainer.fit({ train: blobs(80) }, { epochs: 1, batch: 1, yieldEvery, resume: false }));
    return turns.mock.calls.length - before;
  };
  expect(await count(0)).toBe(80);
  expect(await count(8)).toBeLessThan(20);
  expect(await count()).toBeLessThan(5);
});

it('a paused epoch waits between two steps, which is no time of training, and can be aborted', async () => {
  const trainer = await createTrainer(compileByHand().compiled);
  const stop = new AbortController();
  const steps: number[] = [];
  const onProgress = ({ step }: { step: number }) => {
    steps.push(step);
    if (step !== 3 && step !== 12) return;
    trainer.pause();
    setTimeout(() => (step === 3 ? trainer.resume() : stop.abort()), 100);
  };
  const began = performance.now();
  for await (const { seconds } of trainer.fit({ train: blobs(80) }, { batch: 8, signal: stop.signal, onProgress }))
    expect((performance.now() - began) / 1000 - seconds).toBeGreaterThan(0.09);
  expect([steps.length, trainer.run!.ended]).toEqual([12, 'aborted']);
});

it('a test of many batches can be ended, too', async () => {
  const trainer = await createTrainer(compileByHand().compiled);
  const signal = abortedByLoop(1000);
  const results = [];
  const data = { train: blobs(1), test: blobs(2000) };
  for await (const result of trainer.fit(data, { epochs: 1, batch: 1, signal })) results.push(result);
  expect([results, trainer.run!.ended]).toEqual([[], 'aborted']);
});
