/** @file Weights in the forms of other tools: files that PyTorch wrote, and files that no tool should believe. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { DiagnosticError } from '../../src/diagnostics/diagnostic.ts';
import { readForeignWeights } from '../../src/exchange/weights/read-weights.ts';

/** Those in git are of PyTorch 1.13; `TORCH_FILES=DIR` names a folder in which another version made them. */
const folder = process.env.TORCH_FILES ?? fileURLToPath(new URL('weights', import.meta.url));
const expected = JSON.parse(readFileSync(`${folder}/expected.json`, 'utf8')) as {
  readonly files: Record<string, Record<string, { shape: number[]; values: number[] }>>;
};

describe('checkpoints of PyTorch', () => {
  it.each(Object.entries(expected.files))('%s', async (name, wanted) => {
    const { tensors } = (await readForeignWeights(`${folder}/${name}`))!;
    const found = Object.fromEntries(tensors.map(({ name: own, shape, data }) => [own, { shape, values: [...data] }]));
    const rounded = Object.entries(wanted).map(([own, { shape, values }]) => [
      own,
      { shape, values: values.map(Math.fround) },
    ]);
    expect(found).toEqual(Object.fromEntries(rounded));
  });

  it('says where among other things the weights were', async () => {
    const { said } = (await readForeignWeights(`${folder}/run.pth`))!;
    expect(said).toEqual(['in `state_dict`', 'without `module.` before all names']);
  });

  it.each([
    ['network.pt', 'CNN4311', 'torch.nn.modules.container.Sequential'],
    ['script.pt', 'CNN4311', '__torch__'],
    ['legacy.pt', 'CNN4310', 'before version 1.6'],
  ])('refuses %s', async (name, code, what) => {
    const failure = await readForeignWeights(`${folder}/${name}`).catch((error) => error);
    expect(failure).toBeInstanceOf(DiagnosticError);
    expect(failure.diagnostic).toMatchObject({ code, message: expect.stringContaining(what) });
  });
});
