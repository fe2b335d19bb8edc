import { describe, expect, it } from 'vitest';
// @ts-expect-error plain JavaScript
import { groupKernels, shareOfStep } from '../../bench/benchmarks/kernels.mjs';
// @ts-expect-error plain JavaScript
import { logarithmicAxis, plotSteps, rowsOf } from '../../bench/plot.mjs';
// @ts-expect-error plain JavaScript
import { showStep } from '../../bench/step-table.mjs';
// @ts-expect-error plain JavaScript
import { summarize } from '../../bench/summary.mjs';

const [older, newer] = [20, 24].map((major) => ({
  path: `/node${major}`,
  version: `${major}.0.0`,
  label: `Node ${major}`,
}));

const constant = (median: number) => ({ median, min: median, max: median });

function row(name: string, speed: number, node: typeof older | undefined, rest = {}) {
  const id = node ? `${name}, ${node.label}` : name;
  const memory = { base: 1e6, peak: 2e6 };
  return {
    ...{ id, label: name, name, threads: 1, node, version: '1', imagesPerSecond: constant(speed) },
    ...{ faster: {}, cpu: 1, memory, loss: 1, ...rest },
  };
}

const result = {
  ...{ network: 'net', about: 'a network', batch: 64, repetitions: 3, nodes: [older, newer] },
  rows: [
    row('cnnc-wasm', 10_000, older!, { faster: { 'cnnc-wasm, Node 20': constant(1) } }),
    row('cnnc-wasm', 20_000, newer!, { faster: { 'cnnc-wasm, Node 24': constant(1) }, cpu: 0.5 }),
    row('pytorch', 5000, undefined, {
      faster: { 'cnnc-wasm, Node 20': constant(2), 'cnnc-wasm, Node 24': constant(4) },
    }),
  ],
  skipped: [
    { id: 'slow, Node 20', label: 'slow', node: older, reason: 'a step takes <20 s' },
    ...[older, newer].map((node) => ({ id: `both, ${node!.label}`, label: 'both', node, reason: 'it cannot' })),
  ],
};

describe('the plot', () => {
  const axis = logarithmicAxis([50, 20_000]);

  it('has an axis of powers of ten around all speeds, equal factors apart', () => {
    expect(axis.ticks).toEqual([10, 100, 1000, 10_000, 100_000]);
    const [a, b, c] = [100, 1000, 10_000].map(axis.place) as [number, number, number];
    expect(c - b).toBeCloseTo(b - a, 6);
    expect(logarithmicAxis([10]).ticks).toEqual([1, 10]);
  });

  it('puts the Nodes of a contender side by side, and those that sit out last', () => {
    const found = rowsOf(result).map(
      ({ label, bars, reason }: { label: string; bars: unknown[]; reason?: string }) => ({
        ...{ label, bars: bars.length, reason },
      }),
    );
    expect(found).toEqual([
      { label: 'cnnc-wasm', bars: 2, reason: undefined },
      { label: 'pytorch', bars: 1, reason: undefined },
      { label: 'slow', bars: 0, reason: 'a step takes <20 s' },
      { label: 'both', bars: 0, reason: 'it cannot' },
    ]);
  });

  it('draws a bar and a number for each speed, to scale, and escapes text', () => {
    const drawing: string = plotSteps([result]);
    const bars = [...drawing.matchAll(/<rect x="112" [^>]*width="([\d.]+)"/g)].map(([, length]) => Number(length));
    const { place } = logarithmicAxis([5000, 20_000]);
    expect(bars).toEqual([10_000, 20_000, 5000].map((speed) => Number((place(speed) - 112).toFixed(1))));
    for (const part of ['10,000  Node 20', '20,000  Node 24', '5,000</text>', 'sits out: a step takes &#60;20 s'])
      expect(drawing).toContain(part);
  });
});

describe('the table of steps', () => {
  const lines: string[] = showStep(result).split('\n');

  it('compares what runs on no Node with this project on each', () => {
    const pytorch = lines.filter((line) => line.startsWith('pytorch  ') && line.includes('5,000'));
    expect(pytorch.map((line) => line.split(/\s+/).at(-1))).toEqual(['2.00', '4.00']);
  });

  it('names who sits out, once for all Nodes, and who was held up', () => {
    expect(lines).toContain('slow, Node 20 sits out: a step takes <20 s');
    expect(lines).toContain('both sits out: it cannot');
    expect(lines.at(-1)).toBe('something else is running; less than their cores had cnnc-wasm, Node 24 (50 %)');
  });
});

describe('the summary', () => {
  it('has a row for each Node, and says who was too slow', () => {
    expect(summarize([{ ...result, network: 'a network' }])?.split('\n')).toEqual([
      '| network   | Node | threads | images/s | ms/step | × pytorch |',
      '| --------- | ---: | ------: | -------: | ------: | --------: |',
      '| a network |   20 |       1 |   10,000 |    6.40 |       2.0 |',
      '| a network |   24 |       1 |   20,000 |    3.20 |       4.0 |',
    ]);
    const slower = {
      ...result,
      skipped: [{ id: 'pytorch', label: 'pytorch', reason: 'a step takes longer than 20 s' }],
    };
    const other = { ...slower, rows: result.rows.slice(0, 1), network: 'large' };
    expect(summarize([result, other]).split('\n').at(-1)).toMatch(/^\| large .* too slow \|$/);
    expect(summarize([{ ...result, rows: result.rows.slice(2) }])).toBeUndefined();
  });
});

describe('the table of kernels', () => {
  const kernel = { label: 'conv', box: 'o 8 : c 8', flops: 2e6 };

  it('has equal kernels once and small ones not at all', () => {
    const groups = groupKernels([
      { ...kernel, name: 'a' },
      { ...kernel, name: 'b' },
      { ...kernel, name: 'c', box: 'o 16 : c 4' },
      { ...kernel, name: 'd', flops: 999_999 },
    ]);
    expect(groups.map(({ name, count }: { name: string; count: number }) => [name, count])).toEqual([
      ['a', 2],
      ['c', 1],
    ]);
  });

  it('weighs shares of the peak by time', () => {
    const at = (share: number, flops: number, count: number) => ({ flops, count, gigaflops: 50 * share, peak: 50 });
    // 4 units at the peak's speed and 2 at half of it take 4 + 4 units of time for 6 of work.
    expect(shareOfStep([at(1, 2, 2), at(0.5, 2, 1)])).toBeCloseTo(6 / 8, 12);
  });
});
