/** @file Names of weights: renamed by rules, proposed where shapes say enough, and what fits told. */
import { describe, expect, it } from 'vitest';
import { type Described, fitOf, fitTable } from '../../src/exchange/weights/fit.ts';
import { propose } from '../../src/exchange/weights/propose.ts';
import { parseRenaming, renamed } from '../../src/exchange/weights/rename.ts';

const tensors = (...names: string[]) => names.map((name) => ({ name, shape: [1], data: new Float32Array(1) }));
const rules = (...texts: string[]) => texts.map((text) => parseRenaming(text)!);

/** `conv1 4x3x3x3` with its bias; `norm1 4` with all that a batch norm has. */
function layers(...texts: string[]): Described[] {
  return texts.flatMap((text) => {
    const [name, sizes] = text.split(' ') as [string, string];
    const shape = sizes.split('x').map(Number);
    const vector = (leaf: string) => ({ name: `${name}.${leaf}`, shape: [shape[0]!] });
    if (shape.length > 1) return [{ name: `${name}.weight`, shape }, vector('bias')];
    const counter = { name: `${name}.num_batches_tracked`, shape: [] };
    return [...['weight', 'bias', 'running_mean', 'running_var'].map(vector), counter];
  });
}

const trainable = (all: Described[]) => all.filter(({ name }) => !name.endsWith('tracked'));

describe('rules for names', () => {
  it('are patterns, whole names and prefixes; the first that fits counts', () => {
    const given = tensors('backbone.layer1.0.w', 'backbone.layer1.1.w', 'fc.weight', 'other');
    const names = (...texts: string[]) => renamed(given, rules(...texts), 'x.pt').map(({ name }) => name);
    expect(names('backbone.=', 'fc.weight=out.weight')).toEqual(['layer1.0.w', 'layer1.1.w', 'out.weight', 'other']);
    expect(names('*.layer1.*.w=stage.*.*.weight')[0]).toBe('stage.backbone.0.weight');
    expect(names('backbone.layer1.0.*=a.*', 'backbone.*=b.*')).toEqual(['a.w', 'b.layer1.1.w', 'fc.weight', 'other']);
  });

  it('that say nothing are told', () => {
    expect(parseRenaming('layer1')).toBeUndefined();
    expect(parseRenaming('a=*')).toBeUndefined();
    const given = tensors('a.w', 'b.w');
    expect(() => renamed(given, rules('c.*=d.*'), 'x.pt')).toThrow('CNN4313: `--map c.*=d.*` fits no name in `x.pt`');
    expect(() => renamed(given, rules('a.w=b.w'), 'x.pt')).toThrow(
      'CNN4313: `a.w` and `b.w` of `x.pt` would both be `b.w`',
    );
  });
});

describe('proposals', () => {
  const proposed = (here: string[], there: string[]) => propose(trainable(layers(...here)), layers(...there));

  it('are short where blocks are called otherwise, and leave alone what is right', () => {
    const here = ['stem 4x3x3x3', 'stage1.0.conv 4x4x3x3', 'stage1.0.norm 4', 'stage1.1.conv 4x4x3x3', 'out 7x4'];
    const there = ['stem 4x3x3x3', 'layer1.0.conv 4x4x3x3', 'layer1.0.norm 4', 'layer1.1.conv 4x4x3x3', 'fc 7x4'];
    expect(proposed(here, there)).toEqual({ rules: ['layer1.*=stage1.*', 'fc.*=out.*'], gained: 10, inOrder: true });
  });

  it('name each layer where one rule would not do', () => {
    const found = proposed(['conv1 2x2x3x3', 'conv2 2x2x3x3'], ['features.0 2x2x3x3', 'features.3 2x2x3x3'])!;
    expect(found.rules).toEqual(['features.0.*=conv1.*', 'features.3.*=conv2.*']);
  });

  it('do not guess: other numbers of layers of a kind are left out, and all others are not', () => {
    const found = proposed(['a 2x2x3x3', 'b 2x2x3x3', 'c 5x8'], ['x 2x2x3x3', 'y 5x8'])!;
    expect(found).toEqual({ rules: ['y.*=c.*'], gained: 2, inOrder: true });
    expect(proposed(['a 2x2x3x3'], ['x 2x2x5x5'])).toBeUndefined();
  });

  it('say when the order differs, and know what other tools call weights', () => {
    expect(proposed(['a 2x2x3x3', 'b 5x8'], ['y 5x8', 'x 2x2x3x3'])!.inOrder).toBe(false);
    const given = [
      { name: 'conv.kernel', shape: [2, 3] },
      { name: 'conv.beta', shape: [2] },
    ];
    expect(propose(trainable(layers('a 2x3')), given)!.rules).toEqual(['conv.kernel=a.weight', 'conv.beta=a.bias']);
  });
});

it('what fits is told in 80 columns', () => {
  const here = trainable(
    layers('stem 4x3x3x3', 'stages.of.a.network.with.very.long.names.inside.conv 1024x1024x3x3', 'fc 10x4'),
  );
  const there = layers('stem 4x3x3x3', 'fc 1000x4', ...Array.from({ length: 8 }, (_, k) => `extra.${k} 4x4`));
  const lines = fitTable(fitOf(here, there));
  for (const line of lines) expect(line.length).toBeLessThanOrEqual(80);
  expect(lines.join('\n')).toMatchInlineSnapshot(`
    "            weight                               here                in the file
      fits      2 tensors                            112 numbers
      shape     fc.weight                            [10, 4]             [1000, 4]
      shape     fc.bias                              [10]                [1000]
      missing   stages.of.a..mes.inside.conv.weight  [1024, 1024, 3, 3]
      missing   stages.of.a..names.inside.conv.bias  [1024]
      not used  extra.0.weight                                           [4, 4]
      not used  extra.0.bias                                             [4]
      not used  extra.1.weight                                           [4, 4]
      not used  extra.1.bias                                             [4]
      not used  extra.2.weight                                           [4, 4]
      not used  extra.2.bias                                             [4]
      not used  extra.3.weight                                           [4, 4]
      not used  extra.3.bias                                             [4]
      not used  extra.4.weight                                           [4, 4]
      not used  extra.4.bias                                             [4]
      not used  extra.5.weight                                           [4, 4]
      not used  extra.5.bias                                             [4]
      not used  and 4 more"
  `);
});
