/** @file Precision, recall and F1 against a table worked out by hand, and what is told of it. */
import { describe, expect, it } from 'vitest';
import { classTable } from '../../src/cli/class-table.ts';
import { classFigures, probabilitiesOf } from '../../src/report/class-figures.ts';

/** Pairs of true and predicted class. */
function classified(classes: number, pairs: readonly (readonly [number, number])[]) {
  const column = (k: 0 | 1) => Int32Array.from(pairs, (pair) => pair[k]);
  const sure = new Float32Array(pairs.length).fill(1);
  const numbers = Int32Array.from(pairs, (_, n) => n);
  return { classes, numbers, truth: column(0), predicted: column(1), confidence: sure, chance: sure };
}

describe('the figures of classes', () => {
  const found = classFigures(
    classified(4, [
      ...([0, 0, 0] as const).map(() => [0, 0] as const),
      [0, 1],
      [1, 0],
      [1, 0],
      [1, 1],
      [1, -1],
      [0, 2],
    ]),
    ['cat', 'dog', 'fox', 'hen'],
  );

  it('are those of the definitions', () => {
    expect(found.classes).toEqual([
      { class: 'cat', images: 5, precision: 3 / 5, recall: 3 / 5, f1: 0.6 },
      { class: 'dog', images: 4, precision: 1 / 2, recall: 1 / 4, f1: 1 / 3 },
      { class: 'fox', images: 0, precision: 0, f1: 0 },
      { class: 'hen', images: 0 },
    ]);
    expect(found.confusions[0]).toEqual({ true: 'dog', predicted: 'cat', images: 2 });
    expect(found.confusions).toHaveLength(3);
  });

  it('stand in lines of 80 columns, also of many classes with long names', () => {
    expect(classTable(found)).toMatch(/cat +5 +60\.00 % +60\.00 % +60\.00 %\n/);
    expect(classTable(found)).toMatch(/hen +0 +- +- +-\n/);
    expect(classTable(found)).toContain('most confused: dog taken for cat (2), cat taken for dog (1)');
    const names = Array.from({ length: 30 }, (_, k) => `${k} ${'a long name '.repeat(5)}`);
    const many = classTable(
      classFigures(
        classified(
          30,
          names.map((_, k) => [k, (k * 7) % 30] as const),
        ),
        names,
      ),
    );
    expect(many).toContain('the 10 of 30 classes with the lowest F1');
    expect(Math.max(...many.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
  });

  it('take scores for what they stand for', () => {
    expect(probabilitiesOf(Float32Array.of(0.25, 0.75))).toEqual([0.25, 0.75]);
    const [a, b] = probabilitiesOf(Float32Array.of(1000, 1000 + Math.log(3)));
    expect([a, b].map((share) => share!.toFixed(3))).toEqual(['0.250', '0.750']);
  });
});
