/** @file What a model has in several places is one block of the text, and what follows itself is repeated. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { python, WITHOUT } from '../export/python.ts';
import { handMade, matrix, node } from './hand-made.ts';
import { expectImported } from './onnx-import-oracle.ts';

const fixtures = new URL('torchvision/', import.meta.url);

/** `make_torchvision.py torchvision small` makes the models, `UPDATE=1` the texts beside them. */
describe('blocks of torchvision, narrow and few', () => {
  it.each(readdirSync(fixtures).filter((file) => file.endsWith('.onnx')))('%s', async (file) => {
    const name = file.replace('.onnx', '');
    const { text } = await expectImported(readFileSync(new URL(file, fixtures)), { image: [2, 3, 32, 32] }, { name });
    const golden = new URL(`${name}.cnn`, fixtures);
    if (process.env.UPDATE) writeFileSync(golden, text);
    expect(text).toBe(readFileSync(golden, 'utf8'));
  });
});

const lengthOf = (text: string) => {
  const lines = text.split('\n').map((line) => line.replace(/ *\/\/.*/, ''));
  const full = lines.filter((line) => line.trim() !== '');
  return { lines: full.length, characters: full.join('\n').length };
};

/** `ONNX_ZOO=all npx vitest run test/import/structure.test.ts`: as long as ours of the zoo, or half as long again. */
const everything = process.env.ONNX_ZOO === 'all';

describe.runIf(everything)('networks of torchvision', () => {
  const folder = mkdtempSync(join(tmpdir(), 'cnnc-torchvision-'));
  const script = fileURLToPath(new URL('make_torchvision.py', import.meta.url));
  let made = false;
  beforeAll(() => {
    made = python !== undefined && spawnSync(python, [script, folder]).status === 0;
  }, 600_000);
  afterAll(() => rmSync(folder, { recursive: true }));

  it.each([
    ['resnet18', 'resnet'],
    ['mobilenet_v2', 'mobilenet_v2'],
    ['squeezenet1_1', 'squeezenet'],
    ['densenet121', 'densenet'],
    ['googlenet', 'googlenet'],
  ])(
    '%s',
    async (name, ours) => {
      if (!made) return expect(python, `${WITHOUT}, or it lacks torchvision`).toBeUndefined();
      const { text } = await expectImported(readFileSync(join(folder, `${name}.onnx`)), { image: [1, 3, 224, 224] });
      const own = lengthOf(text);
      const zoo = lengthOf(readFileSync(new URL(`../../examples/zoo/${ours}.cnn`, import.meta.url), 'utf8'));
      console.log(name, own, zoo);
      expect(own.lines).toBeLessThanOrEqual(1.5 * zoo.lines);
      expect(own.characters).toBeLessThanOrEqual(1.5 * zoo.characters);
    },
    600_000,
  );
});

/** The text without the blanks of its layout. */
const plain = (text: string) => text.replace(/\s+/g, ' ');

describe('names', () => {
  const layers = (k: number) => [
    node('Conv', [k === 0 ? 'x' : `e${k - 1}`, matrix([4, 4, 3, 3], `w${k}`)], `a${k}`, { pads: [1, 1, 1, 1] }),
    node('Relu', [`a${k}`], `b${k}`),
    node('Conv', [`b${k}`, matrix([4, 4, 3, 3], `v${k}`)], `c${k}`, { pads: [1, 1, 1, 1] }),
    node('Add', [`c${k}`, k === 0 ? 'x' : `e${k - 1}`], `d${k}`),
    node('Relu', [`d${k}`], k === 2 ? 'y' : `e${k}`),
  ];

  it('are counted where the model has none', async () => {
    const generated = [0, 1, 2].flatMap((k) =>
      layers(k).map(({ node: one, tensors }) => ({
        node: { ...one, inputs: one.inputs.map((name) => name.replace(/^([wv])(\d)$/, 'onnx::Conv_$2$1')) },
        tensors: tensors.map((tensor) => ({ ...tensor, name: tensor.name.replace(/^([wv])(\d)$/, 'onnx::Conv_$2$1') })),
      })),
    );
    const { text, weights } = await expectImported(handMade({ x: ['N', 4, 6, 6] }, generated), { x: [2, 4, 6, 6] });
    expect(plain(text)).toContain('y = x -> "residual.0": repeat(3) Residual');
    expect(weights.map(({ name }) => name)).toEqual(
      [0, 1, 2].flatMap((k) => [`residual.${k}.conv.weight`, `residual.${k}.conv_2.weight`]),
    );
  });

  it('that follow no order are left as they are, and written out', async () => {
    const { text, weights } = await expectImported(
      handMade(
        { x: ['N', 4, 6, 6] },
        [0, 1, 2].flatMap((k) =>
          layers(k).map(({ node: one, tensors }) => ({
            node: { ...one, inputs: one.inputs.map((name) => name.replace(/^([wv])(\d)$/, 'layer$2$1.weight')) },
            tensors: tensors.map((tensor) => ({
              ...tensor,
              name: tensor.name.replace(/^([wv])(\d)$/, 'layer$2$1.weight'),
            })),
          })),
        ),
      ),
      { x: [2, 4, 6, 6] },
    );
    expect(text).not.toContain('block');
    expect(weights.map(({ name }) => name)).toContain('layer2v.weight');
  });
});
