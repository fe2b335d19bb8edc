import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Random } from '../../src/data/random.ts';
import { drawOf } from '../../src/plan/initial-draw.ts';
import { initialise } from '../../src/runtime/initialise.ts';
import { INITIALIZERS, initializerNamed } from '../../src/training/words.ts';

const FILLS = Object.fromEntries(INITIALIZERS.flatMap(({ name, effect }) => (effect ? [[name, effect]] : [])));

function draw(kind: string, shape: readonly number[], value?: number): Float32Array {
  const values = new Float32Array(shape.reduce((a, b) => a * b, 1));
  const [attribute = ''] = Object.keys(initializerNamed(kind)!.attributes);
  const initializer = drawOf({ kind, fanIn: 50, fanOut: 30, [attribute]: value });
  initialise(values, 0, shape, initializer, new Random(3, kind), FILLS);
  return values;
}

function moments(values: Float32Array) {
  const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
  const moment = (power: number) => values.reduce((sum, x) => sum + (x - mean) ** power, 0) / values.length;
  return { mean, deviation: Math.sqrt(moment(2)), kurtosis: moment(4) / moment(2) ** 2 };
}

describe('initialise', () => {
  it('is tested for every initialiser', () => {
    const text = readFileSync(import.meta.filename, 'utf8');
    expect(INITIALIZERS.filter(({ name }) => !text.includes(`'${name}'`)).map(({ name }) => name)).toEqual([]);
  });

  // A normal distribution has kurtosis 3, a uniform one 9/5; 40,000 draws pin the deviation to about half a percent.
  it.each([
    ['kaiming', undefined, Math.sqrt(2 / 50), 3],
    ['lecun', undefined, Math.sqrt(1 / 50), 3],
    ['normal', 0.3, 0.3, 3],
    // Burkardt 2014: the variance of a normal distribution cut at two deviations is 0.7737.
    ['truncated_normal', 0.3, 0.3 * Math.sqrt(0.7737), 2.3655],
    ['xavier', undefined, 1 / Math.sqrt(50) / Math.sqrt(3), 1.8],
    ['xavier_normalized', undefined, Math.sqrt(6 / 80) / Math.sqrt(3), 1.8],
    ['uniform', 0.2, 0.2 / Math.sqrt(3), 1.8],
  ] as const)('%s has its deviation and form', (kind, value, deviation, kurtosis) => {
    const found = moments(draw(kind, [200, 200], value));
    expect(found.mean / deviation).toBeCloseTo(0, 1);
    expect(found.deviation / deviation).toBeCloseTo(1, 1);
    expect(Math.abs(found.deviation / deviation - 1)).toBeLessThan(0.02);
    expect(Math.abs(found.kurtosis - kurtosis)).toBeLessThan(0.15);
  });

  it('keeps uniform draws within their bound', () => {
    const values = draw('xavier', [100, 100]);
    expect(Math.max(...values)).toBeLessThanOrEqual(Math.fround(1 / Math.sqrt(50)));
    expect(Math.min(...values)).toBeGreaterThanOrEqual(-Math.fround(1 / Math.sqrt(50)));
  });

  it('cuts truncated normal draws at two deviations', () => {
    const values = draw('truncated_normal', [100, 100], 0.5);
    expect(Math.max(...values)).toBeLessThanOrEqual(1);
    expect(Math.max(...values)).toBeGreaterThan(0.98);
    expect(Math.min(...values)).toBeLessThan(-0.98);
  });

  it('fills with zeros, ones and a constant', () => {
    expect([...draw('zeros', [2])]).toEqual([0, 0]);
    expect([...draw('ones', [2])]).toEqual([1, 1]);
    expect([...draw('constant', [2], 0.25)]).toEqual([0.25, 0.25]);
  });

  it.each([[[8, 3, 5]], [[20, 6]], [[7, 7]]])('makes %j orthogonal', (shape) => {
    const rows = shape[0]!;
    const values = draw('orthogonal', shape);
    const columns = values.length / rows;
    const wide = rows <= columns;
    const vectors = wide ? rows : columns;
    const at = (v: number, i: number) => values[wide ? v * columns + i : i * columns + v]!;
    for (let a = 0; a < vectors; a++) {
      for (let b = 0; b <= a; b++) {
        let product = 0;
        for (let i = 0; i < Math.max(rows, columns); i++) product += at(a, i) * at(b, i);
        expect(product).toBeCloseTo(a === b ? 1 : 0, 5);
      }
    }
  });

  it('draws from a stream named by seed and parameter', () => {
    const first = (seed: number, name: string) => new Random(seed, name).next();
    expect(first(1, 'a')).toBe(first(1, 'a'));
    expect(new Set([first(1, 'a'), first(2, 'a'), first(1, 'b'), first(2, 'b')]).size).toBe(4);
  });
});
