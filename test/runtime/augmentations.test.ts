/** @file What every augmentation does to the pixels of an image whose numbers say where they were. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { mover } from '../../src/runtime/augment.ts';
import { changer } from '../../src/runtime/retouch.ts';
import { type Chosen, choose } from '../../src/training/word.ts';
import { AUGMENTATIONS } from '../../src/training/words.ts';

const [HEIGHT, WIDTH] = [3, 4];
const effects = Object.fromEntries(AUGMENTATIONS.map(({ name, effect }) => [name, effect]));

/** The image after these steps, where the random numbers are those that are given, one after the other in each step. */
function changed(steps: readonly (readonly [name: string, values: object, draws: readonly number[]])[]): number[] {
  const size = HEIGHT * WIDTH;
  const memory = new Float32Array(size);
  const values = Float32Array.from({ length: size }, (_, k) => k + 1);
  const form = { shape: [1, HEIGHT, WIDTH], size, plane: size, mean: [0], deviation: [1], table: new Float32Array() };
  const words = steps.map(
    ([name, given]): Chosen => choose(AUGMENTATIONS.find((one) => one.name === name)!, given as never),
  );
  const drawFor = (step: number) => {
    const draws = [...steps[step]![2]];
    return () => draws.shift()!;
  };
  mover(effects)(memory, 0, 1, form, values, 0, { steps: words }, drawFor);
  return [...memory];
}

const rows = (...lines: readonly (readonly number[])[]) => lines.flat();

it('flip mirrors along either direction', () => {
  const horizontal = rows([4, 3, 2, 1], [8, 7, 6, 5], [12, 11, 10, 9]);
  expect(changed([['flip', { direction: 'horizontal' }, [0.4]]])).toEqual(horizontal);
  expect(changed([['flip', { direction: 'horizontal' }, [0.6]]])).toEqual(changed([]));
  expect(changed([['flip', { direction: 'vertical' }, [0]]]).slice(0, 4)).toEqual([9, 10, 11, 12]);
});

it('crop brings zeros in', () => {
  const left = rows([2, 3, 4, 0], [6, 7, 8, 0], [10, 11, 12, 0]);
  expect(changed([['crop', { pad: 1 }, [0.9, 0.5]]])).toEqual(left);
  const up = rows([5, 6, 7, 8], [9, 10, 11, 12], [0, 0, 0, 0]);
  expect(changed([['crop', { pad: 1 }, [0.5, 0.99]]])).toEqual(up);
});

interface Case {
  readonly augmentation: string;
  readonly values: Readonly<Record<string, number | string>>;
  readonly draws: readonly number[];
  readonly image: { readonly shape: readonly [number, number, number]; readonly data: readonly number[] };
  readonly result: readonly number[];
}

const { cases } = JSON.parse(readFileSync(new URL('../oracle/augmentations.json', import.meta.url), 'utf8')) as {
  cases: readonly Case[];
};

/** As a module of the word does it. */
function retouched({ augmentation, values, draws, image: { shape, data } }: Case, mean = [0], raw = false): number[] {
  const size = data.length;
  const form = {
    shape,
    size,
    plane: size / mean.length,
    mean,
    deviation: mean.map(() => 1),
    table: new Float32Array(),
  };
  const step = choose(AUGMENTATIONS.find(({ name }) => name === augmentation)!, values as never);
  const memory = new Float32Array(size);
  const pixels = Float32Array.from(data);
  let drawn = 0;
  const drawFor = () => () => draws[drawn++]!;
  changer(effects)(memory, 0, 1, form, pixels, 0, { steps: [step] }, drawFor, raw ? 255 : 0, raw, raw);
  return [...memory];
}

describe('against PyTorch and NumPy', () => {
  it('are all but flips', () => {
    const tested = new Set(cases.map(({ augmentation }) => augmentation));
    // What images are mixed of is in mixing.test.ts.
    const missing = AUGMENTATIONS.filter(({ name, effect }) => !tested.has(name) && !effect.mix);
    expect(missing.map(({ name }) => name)).toEqual(['flip']);
  });

  it.each(cases.map((one) => [one.augmentation, one.values, one] as const))('%s %j', (_name, _values, one) => {
    retouched(one).forEach((value, k) => {
      expect(value, `pixel ${k}`).toBeCloseTo(one.result[k]!, 6);
    });
    const { place } = effects[one.augmentation]!;
    // Where pixels do no more than move, the smaller part of the runtime does it, to the bit.
    if (place && one.values.border !== 'reflect') expect(plain(one)).toEqual(retouched(one));
  });
});

function plain({ augmentation, values, draws, image: { shape, data } }: Case): number[] {
  const form = { shape, size: data.length, plane: data.length, mean: [0], deviation: [1], table: new Float32Array() };
  const step = choose(AUGMENTATIONS.find(({ name }) => name === augmentation)!, values as never);
  const memory = new Float32Array(data.length);
  let drawn = 0;
  const drawFor = () => () => draws[drawn++]!;
  mover(effects)(memory, 0, 1, form, Float32Array.from(data), 0, { steps: [step] }, drawFor);
  return [...memory];
}

describe('of the values that are changed', () => {
  const named = (name: string) => cases.find(({ augmentation }) => augmentation === name)!;

  it('what is blank, or comes in from outside, is 0 after normalisation', () => {
    for (const name of ['erase', 'shift']) {
      const one = named(name);
      const mean = Array.from({ length: one.image.shape[0] }, (_, k) => 0.25 + k / 8);
      const size = one.image.data.length / mean.length;
      const lighter = one.image.data.map((value, k) => value + mean[Math.floor(k / size)]!);
      const blank = retouched({ ...one, image: { ...one.image, data: lighter } }, mean);
      blank.forEach((value, k) => {
        expect(value).toBeCloseTo(one.result[k]!, 6);
      });
    }
  });

  it('targets keep theirs, but move, and a class is never mixed with another', () => {
    const area = 56;
    for (const name of ['erase', 'brightness', 'contrast', 'noise']) {
      const data = Array.from({ length: area }, (_, k) => k % 7);
      expect(retouched({ ...named(name), image: { shape: [1, 8, 7], data } }, [0], true)).toEqual(data);
    }
    for (const name of ['rotate', 'elastic']) {
      const data = Array.from({ length: area }, (_, k) => 1 + k);
      const classes = retouched({ ...named(name), image: { shape: [1, 8, 7], data } }, [0], true);
      expect(classes).not.toEqual(data);
      expect(classes.every((value) => value === 255 || data.includes(value))).toBe(true);
    }
  });

  it('bytes are 0 to 1', () => {
    const step = { kind: 'brightness', by: 0.5 };
    const memory = new Float32Array(2);
    const form = { shape: [1, 1, 2], size: 2, plane: 2, mean: [0.5], deviation: [0.25], table: new Float32Array() };
    changer(effects)(memory, 0, 1, form, Uint8Array.of(0, 51), 0, { steps: [step] }, () => () => 1);
    expect([...memory]).toEqual([-2, Math.fround((0.3 - 0.5) * 4)]);
  });
});

it('a square that is blanked before a turn turns', () => {
  const data = new Float32Array(81).fill(1);
  const form = { shape: [1, 9, 9], size: 81, plane: 81, mean: [0], deviation: [1], table: new Float32Array() };
  const steps = [
    { kind: 'erase', size: 3 },
    { kind: 'rotate', by: 90, border: 'reflect' },
  ];
  const memory = new Float32Array(81);
  // The square stands top left; what the turn by 90 degrees puts bottom left comes from there.
  const draws = [[0.2, 0.2], [1]];
  const drawFor = (k: number) => () => draws[k]!.shift()!;
  changer(effects)(memory, 0, 1, form, data, 0, { steps }, drawFor);
  const blank = [...memory].flatMap((value, k) => (Math.abs(value) < 1e-6 ? [[Math.floor(k / 9), k % 9]] : []));
  expect(blank.length).toBe(9);
  expect(Math.min(...blank.map(([y]) => y!))).toBe(6);
  expect(Math.max(...blank.map(([, x]) => x!))).toBe(2);
});

it('are done in the order in which they are written', () => {
  const flip = ['flip', { direction: 'horizontal' }, [0]] as const;
  const crop = ['crop', { pad: 1 }, [0.9, 0.5]] as const;
  expect(changed([flip, crop]).slice(0, 4)).toEqual([3, 2, 1, 0]);
  expect(changed([crop, flip]).slice(0, 4)).toEqual([0, 4, 3, 2]);
});

it('mix the pixels around a place, but of classes take the nearest', () => {
  const stage = mover({ half: { place: () => [1, 0, 0.5, 0, 1, 0] } });
  const image = Float32Array.of(1, 2, 4);
  const form = { shape: [1, 1, 3], size: 3, plane: 3, mean: [0], deviation: [1], table: new Float32Array() };
  const memory = new Float32Array(3);
  const arrange = (raw: boolean) => {
    stage(memory, 0, 1, form, image, 0, { steps: [{ kind: 'half' }] }, () => () => 0, raw ? 9 : 0, raw);
    return [...memory];
  };
  expect(arrange(false)).toEqual([1.5, 3, 2]);
  expect(arrange(true)).toEqual([2, 4, 9]);
});
