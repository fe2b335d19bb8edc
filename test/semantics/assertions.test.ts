import { describe, expect, test } from 'vitest';
import { compileSource } from '../../src/compile.ts';
import { summaryOf } from '../../src/report/summarize-module.ts';

const program = (assertion: string, before = '') => `network N(limit = 62k) {
  input image: [1, 28, 28]
  target label: class(10)
  ${before}
  features = image -> conv1: conv(6, 5x5, pad: same) -> relu -> maxpool(2) -> conv2: conv(16, 5x5) -> relu -> maxpool(2)
  logits = features -> dense(120) -> relu -> dense(84) -> relu -> dense(10)
  assert ${assertion}
  loss crossentropy(logits, label)
  output logits
}`;

/** What is said about a network with this assertion. */
function said(assertion: string, before = ''): string[] {
  const { diagnostics, elaboration } = compileSource(program(assertion, before), 'a.cnn');
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  expect(elaboration === undefined).toBe(errors.length > 0);
  return errors.map(({ code, message, notes }) =>
    [`${code} ${message}`, ...notes.map((note) => note.message)].join('; '),
  );
}

describe('assertions about figures of the network', () => {
  test.each([
    'parameters < limit and macs < 0.5M',
    'parameters == 61706 and trainable == parameters and buffers == 0 and layers > 10',
    'macs == 416520 and macs / parameters < 7',
    'flops == flops.forward and flops.backward > flops and flops.update > parameters',
    'memory < 4MB and memory == memory.peak and memory.parameters == 4 * parameters',
    'not (parameters > 100k) or macs > 1',
    'limit > 1 or parameters > 1G',
  ])('hold: %s', (assertion) => expect(said(assertion)).toEqual([]));

  test.each([
    ['parameters < 60k', 'CNN2042 this assertion does not hold: 61,706 < 60,000; `parameters` is 61,706'],
    ['macs * 2 < 100 * limit / 10', 'CNN2042 this assertion does not hold: 833,040 < 620,000; `macs` is 416,520'],
    [
      'memory.parameters < 200KB',
      'CNN2042 this assertion does not hold: 246,824 < 204,800; `memory.parameters` is 246,824',
    ],
    ['not macs > 1k', 'CNN2042 this assertion does not hold: not (416,520 > 1,000); `macs` is 416,520'],
    ['limit < 1', 'CNN2042 this assertion does not hold: 62,000 < 1'],
  ])('do not: %s', (assertion, expected) => expect(said(assertion)).toEqual([expected]));

  test('are split at `and`, so that each part is reported at its place', () => {
    const text = program('parameters < 60k and macs < 0.4M and 1 < limit');
    const { diagnostics } = compileSource(text, 'a.cnn');
    expect(diagnostics.map(({ span }) => text.slice(span!.start, span!.end))).toEqual([
      'parameters < 60k',
      'macs < 0.4M',
    ]);
  });

  test('leave the names to programs that use them', () => {
    expect(said('macs == 3', 'macs = 3')).toEqual([]);
  });

  test('say what the summary says', () => {
    const { elaboration } = compileSource(program('1 < 2'), 'a.cnn');
    const { flops, memory } = summaryOf(elaboration!).totals;
    const all = Object.entries({ flops, memory }).flatMap(([group, parts]) =>
      Object.entries(parts).flatMap(([part, value]) =>
        // Where most of the memory lives is told, not asserted.
        typeof value === 'number' ? [`${group}.${part} == ${value}`] : [],
      ),
    );
    expect(all).toHaveLength(8);
    expect(said(all.join(' and '))).toEqual([]);
  });
});

describe('figures of values', () => {
  const network = (...assertions: string[]) => `
    block Pair(channels) { return in -> conv(channels, 3x3) -> relu -> conv(channels, 3x3) }
    network N {
      input x: [1, 16, 16]
      stem = x -> conv(2, 3x3)
      body = stem -> Pair(2) -> maxpool(2)
      all = body -> flatten -> dense(3)
      loss mean(all)
      output all
      ${assertions.join('\n')}
    }`;
  const problems = (...assertions: string[]) =>
    compileSource(network(...assertions), 'n.cnn').diagnostics.filter(({ severity }) => severity === 'error');

  test('are those of the summary', () => {
    expect(
      problems(
        'assert stem.sees == 3 and body.sees == 8 and body.channels == 2',
        'assert stem.parameters == 2 * 9 + 2 and body.parameters == 2 * (2 * 2 * 9 + 2)',
        'assert stem.macs == 2 * 9 * 14 * 14 and stem.macs + body.macs + all.macs == macs',
        'assert all.sees > 1M and not body.sees >= 9',
      ),
    ).toEqual([]);
  });

  test('that are wrong are told with their number', () => {
    const [sees] = problems('assert body.sees >= 20');
    expect([sees?.code, sees?.message, sees?.notes]).toEqual([
      'CNN2042',
      'this assertion does not hold: 8 >= 20',
      [{ message: '`body.sees` is 8' }],
    ]);
    expect(problems('assert x.macs < 5')[0]?.code).toBe('CNN2035');
  });
});
