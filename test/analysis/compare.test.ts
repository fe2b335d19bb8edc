/** @file What differs between two networks: which layers are the same, and how that is told. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareNetworks } from '../../src/analysis/compare.ts';
import { comparisonMarkdown, comparisonText } from '../../src/analysis/compare-text.ts';
import { alignSequences } from '../../src/common/align-sequences.ts';
import { summaryOf } from '../../src/report/summarize-module.ts';
import { elaborated, network } from '../semantics/elaborated.ts';

const before = 'y = image -> a: conv(4, 3x3) -> relu -> b: conv(4, 3x3) -> relu';

const blocks = 'block Basic { return (in + in -> conv(2, 3x3, pad: same)) -> relu }';
const summary = (body: string) => summaryOf(elaborated(network(body, blocks)));
const compare = (after: string, first = before) => compareNetworks(summary(first), summary(after));
const changes = (after: string, first = before) =>
  compare(after, first).layers.map(({ name, change, before: one, after: other }) => {
    const renamed = one && other && one.name !== other.name ? ` from ${one.name}` : '';
    return `${change} ${name}${renamed}`;
  });

describe('layers', () => {
  it('are the same in the same network', () => {
    expect(compare(before).layers).toEqual([]);
  });

  it('of one name are the same layer, whatever they have become', () => {
    const other = 'y = image -> a: conv(4, 5x5, pad: 1) -> relu -> b: depthwise(3) -> relu';
    expect(changes(other).filter((change) => !change.includes('relu'))).toEqual(['changed a', 'changed b']);
  });

  it('that were renamed are known by their place and operator', () => {
    expect(changes('y = image -> first: conv(4, 3x3) -> relu -> second: conv(4, 3x3) -> relu')).toEqual([
      'changed first from a',
      'changed second from b',
    ]);
  });

  it('that were added or are gone stand in their place', () => {
    const longer = 'y = image -> a: conv(4, 3x3) -> tanh -> n: batchnorm -> b: conv(4, 3x3) -> relu';
    // The second relu is called as the first was, and now is the only one.
    expect(changes(longer)).toEqual(['added y.tanh', 'added n', 'gone y.relu2', 'changed y.relu']);
    expect(changes(before, longer)).toEqual(['gone y.tanh', 'gone n', 'changed y.relu', 'added y.relu2']);
  });

  it('that read something else have changed too', () => {
    const wider = 'y = image -> a: conv(8, 3x3) -> relu -> b: conv(4, 3x3) -> relu';
    expect(changes(wider)).toEqual(['changed a', 'changed y.relu', 'changed b']);
  });
});

describe('totals', () => {
  it('are those of both', () => {
    const { totals } = compare('y = image -> conv(1, 1x1)');
    expect(totals).toEqual({ before: summary(before).totals, after: summary('y = image -> conv(1, 1x1)').totals });
  });
});

describe('the text', () => {
  const names = { before: 'old.cnn: Test', after: 'new.cnn: Test' };
  const text = (after: string, first = before) => comparisonText(compare(after, first), names).split('\n');

  it('says what was changed, and in one line what follows from it', () => {
    const lines = text('y = image -> a: conv(4, 5x5, bias: false) -> relu -> b: conv(4, 3x3) -> relu');
    expect(lines.slice(0, 8)).toEqual([
      'old.cnn: Test -> new.cnn: Test',
      '',
      '~ a',
      '    conv 3x3 -> conv 5x5, bias true -> false, parameters 76 -> 200,',
      '    output 4x6x6 -> 4x4x4, MACs 2,592 -> 3,200, sees 3x3 -> 5x5',
      '  y.relu ... logits.flatten',
      '    inputs, output, sees, MACs',
      '~ head',
    ]);
  });

  it('has one line for a block', () => {
    const lines = text('y = image -> Basic -> Basic', 'y = image -> Basic');
    expect(lines.slice(2, 4)).toEqual(['+ y.Basic2: Basic', '    3 layers, 2x8x8, 38 parameters, 2,304 MACs']);
  });

  it('ends with the totals and how they changed', () => {
    expect(text('y = image -> conv(4, 3x3)').find((line) => line.startsWith('parameters'))).toMatch(
      /^parameters +874 +1,526 +\+74\.6 %$/,
    );
    expect(text(before)[2]).toBe('the same layers');
  });

  it('is no wider than it may be', () => {
    const wide = text('y = image -> a: conv(4, 5x5, bias: false) -> tanh -> c: conv(6, 3x3) -> relu');
    for (const line of wide) expect(line.length).toBeLessThanOrEqual(80);
  });

  it('in Markdown has the totals first', () => {
    const lines = comparisonMarkdown(compare('y = image -> conv(4, 3x3)'), names).split('\n');
    expect(lines.slice(0, 4)).toEqual([
      '**old.cnn: Test → new.cnn: Test**',
      '',
      '|  | before | after | change |',
      '| --- | ---: | ---: | ---: |',
    ]);
    expect(lines).toContain('| change | layer |  |');
  });
});

describe('an alignment', () => {
  const words = fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 12 });
  const same = (one: string, other: string) => (one === other ? 1 : 0);

  it('is a longest common subsequence where all likeness is equal', () => {
    const length = (one: readonly string[], other: readonly string[]): number => {
      if (one.length === 0 || other.length === 0) return 0;
      const [[a, ...rest], [b, ...others]] = [one, other];
      if (a === b) return 1 + length(rest, others);
      return Math.max(length(rest, other), length(one, others));
    };
    fc.assert(
      fc.property(words, words, (one, other) => {
        const pairs = alignSequences(one, other, same);
        expect(pairs.every(([a, b]) => a === b)).toBe(true);
        expect(pairs).toHaveLength(length(one, other));
      }),
      { numRuns: 50 },
    );
  });
});
