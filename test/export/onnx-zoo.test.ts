/**
 * @file Networks of the zoo in ONNX Runtime. Those that are cheap run with the tests, at their own size or a smaller one;
 * `ONNX_ZOO=all npx vitest run test/export/onnx-zoo.test.ts` runs all at their own, and with batch norms folded.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { writeModel } from '../../src/exchange/onnx/model-file.ts';
import { understand } from '../../src/semantics/understand.ts';
import { dataOf, expectEqual, modelOf, ours, theirs } from './onnx-oracle.ts';

const folder = new URL('../../examples/zoo/', import.meta.url);

/** Cheap ones, by the size of a smaller image. */
const CHEAP: Readonly<Record<string, number | undefined>> = {
  'conv-autoencoder': undefined,
  'cifar-resnet': undefined,
  'dcgan-discriminator': undefined,
  lenet5: undefined,
  mobilenet_v3: 64,
  shufflenet: 64,
  squeezenet: 64,
};

/** Of the largest value, where f32 itself is further than 1e-5 from f64, in ONNX Runtime and in ours alike. */
const ROUNDED: Readonly<Record<string, number>> = { mobilenet_v2: 3e-5 };

const all = process.env.ONNX_ZOO === 'all';
const names = readdirSync(folder).flatMap((file) => /^(.*)\.cnn$/.exec(file)?.[1] ?? []);

function networkOf(name: string) {
  const text = readFileSync(new URL(`${name}.cnn`, folder), 'utf8');
  const size = all ? undefined : CHEAP[name];
  const options = {
    ...(size !== undefined && { inputs: new Map([['image', [3, size, size]]]) }),
    // At its own size it takes minutes.
    ...(name === 'unet' && { set: { size: 188 } }),
  };
  return understand(text, `${name}.cnn`, options).elaboration!;
}

describe('the zoo', () => {
  it.each(names.filter((name) => all || Object.hasOwn(CHEAP, name)))(
    '%s',
    async (name) => {
      const elaboration = networkOf(name);
      const data = dataOf(elaboration, 1);
      const wanted = ours(elaboration, data, 'wasm', 1);
      for (const fold of all ? [false, true] : [false]) {
        const model = writeModel(modelOf(elaboration, data, { fold }));
        expectEqual(await theirs(elaboration, data, model, 1), wanted, ROUNDED[name]);
      }
    },
    900_000,
  );

  it('has the cheap ones', () => {
    expect(Object.keys(CHEAP).filter((name) => !names.includes(name))).toEqual([]);
  });
});
