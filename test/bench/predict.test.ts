/** @file The table of predictions: narrow enough for a page, and what its ratios are of. */
import { expect, it } from 'vitest';
// @ts-expect-error plain JavaScript
import { showPredict } from '../../bench/benchmarks/predict.mjs';

const row = (name: string, threads: number, least: number, inUse = threads) => ({
  ...{ name, count: 64, threads, inUse, least, median: 2 * least, high: 1000 * least, calls: 100, error: 1e-7 },
});

const NAMES = ['cnnc', 'onnxruntime-web', 'tfjs-wasm', 'tfjs-cpu', 'pytorch'];

it('compares those of as many threads, in lines of a hundred columns', () => {
  const rows = [1, 2].flatMap((threads) =>
    NAMES.map((name, k) => row(name, threads, (k + 1) * (threads === 1 ? 150 : 100))),
  );
  const text = showPredict({
    groups: [
      {
        network: 'squeezenet1.1',
        place: 'Chromium 156',
        rows: [...rows, { ...row('cnnc', 1, 40), count: 1 }, { ...row('cnnc', 2, 25, 1), count: 1 }],
        loads: [1, 2].flatMap((threads) => NAMES.map((name) => ({ name, threads, load: 12_345.6 }))),
        skipped: [
          {
            name: 'tfjs-cpu',
            threads: 2,
            reason: 'it has one thread here, as is told in many words and more'.repeat(2),
          },
        ],
      },
    ],
    sizes: { 'squeezenet1.1': { cnnc: { code: 40_700, model: 4_947_000 } } },
    versions: { 'onnxruntime-web': 'onnxruntime-web 1.30.0' },
    absent: {},
  });
  const lines: string[] = text.split('\n');
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(100);
  expect(lines.filter((line) => line.startsWith('onnxruntime-web  ')).map((line) => line.match(/[\d.]+×/g))).toEqual([
    ['2.00×', '2.00×'],
    ['2.00×', '2.00×'],
  ]);
  expect(text).toMatch(/cnnc +64 +1 +150 +300 +150000 +213 *\n/);
  expect(text).toMatch(/squeezenet1\.1 +Chromium 156 +2 \(1\) +1\.60 +1\.60 +1\.60/);
});
