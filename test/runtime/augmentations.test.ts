/** @file What every augmentation does to the pixels of an image whose numbers say where they were. */
import { expect, it } from 'vitest';
import { augmenter } from '../../src/runtime/augment.ts';
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
  augmenter(effects)(memory, 0, 1, form, values, 0, { steps: words }, drawFor);
  return [...memory];
}

const rows = (...lines: readonly (readonly number[])[]) => lines.flat();

const EXPECTED: Readonly<Record<string, () => void>> = {
  flip() {
    const horizontal = rows([4, 3, 2, 1], [8, 7, 6, 5], [12, 11, 10, 9]);
    expect(changed([['flip', { direction: 'horizontal' }, [0.4]]])).toEqual(horizontal);
    expect(changed([['flip', { direction: 'horizontal' }, [0.6]]])).toEqual(changed([]));
    expect(changed([['flip', { direction: 'vertical' }, [0]]]).slice(0, 4)).toEqual([9, 10, 11, 12]);
  },
  crop() {
    const left = rows([2, 3, 4, 0], [6, 7, 8, 0], [10, 11, 12, 0]);
    expect(changed([['crop', { pad: 1 }, [0.9, 0.5]]])).toEqual(left);
    const up = rows([5, 6, 7, 8], [9, 10, 11, 12], [0, 0, 0, 0]);
    expect(changed([['crop', { pad: 1 }, [0.5, 0.99]]])).toEqual(up);
  },
};

it.each(AUGMENTATIONS.map(({ name }) => name))('%s', (name) => {
  EXPECTED[name]!();
});

it('are done in the order in which they are written', () => {
  const flip = ['flip', { direction: 'horizontal' }, [0]] as const;
  const crop = ['crop', { pad: 1 }, [0.9, 0.5]] as const;
  expect(changed([flip, crop]).slice(0, 4)).toEqual([3, 2, 1, 0]);
  expect(changed([crop, flip]).slice(0, 4)).toEqual([0, 4, 3, 2]);
});

it('mix the pixels around a place, but of classes take the nearest', () => {
  const stage = augmenter({ half: { place: () => [1, 0, 0.5, 0, 1, 0] } });
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
