import { describe, expect, test } from 'vitest';
import { compileSource } from '../../src/compile.ts';
import { gradientReport } from '../../src/report/gradient-report.ts';
import { summaryOf } from '../../src/report/summarize-module.ts';
import { loadModule } from '../support/load-module.ts';

const program = (freeze: string) => `block Basic(n) {
  main = in -> conv1: conv(n, 3x3, pad: 1) -> bn1: batchnorm -> relu
  return main + (in -> "skip.0": conv(n, 1x1))
}
network N {
  input image: [1, 8, 8]
  target label: class(3)
  stem = image -> first: conv(4, 3x3) -> batchnorm -> relu
  stage = stem -> repeat(2) Basic(4)
  extra = stage -> "layer3.0": Basic(2)
  logits = extra -> globalavgpool -> fc: dense(3)
  ${freeze}
  loss crossentropy(logits, label)
  output logits
}`;

function compiled(freeze: string) {
  const { elaboration, diagnostics } = compileSource(program(freeze), 'a.cnn');
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  return elaboration!;
}

/** Names of layers with frozen parameters, and whether all of their parameters are. */
function frozen(freeze: string): string[] {
  const states = compiled(freeze).states.filter(({ role }) => role === 'parameter');
  const layers = new Set(states.map(({ name }) => name.replace(/\.\w+$/, '')));
  return [...layers].filter((layer) => {
    const own = states.filter(({ name }) => name.replace(/\.\w+$/, '') === layer);
    expect(new Set(own.map(({ trainable }) => trainable)).size).toBe(1);
    return !own[0]!.trainable;
  });
}

describe('freeze', () => {
  test.each([
    ['freeze stem', ['first', 'stem.batchnorm']],
    ['freeze first', ['first']],
    [
      'freeze stage',
      ['stage.0.conv1', 'stage.0.bn1', 'stage.0.skip.0', 'stage.1.conv1', 'stage.1.bn1', 'stage.1.skip.0'],
    ],
    ['freeze "stage.1"', ['stage.1.conv1', 'stage.1.bn1', 'stage.1.skip.0']],
    ['freeze extra', ['layer3.0.conv1', 'layer3.0.bn1', 'layer3.0.skip.0']],
    ['freeze "layer3.0.main"', ['layer3.0.conv1', 'layer3.0.bn1']],
    ['freeze [fc, "stage.0.skip"]\nfreeze stem.batchnorm', ['stem.batchnorm', 'stage.0.skip.0', 'fc']],
  ])('%s', (statement, expected) => expect(frozen(statement)).toEqual(expected));

  test('computes no gradient below what is frozen', () => {
    const report = gradientReport(compiled('freeze [stem, stage]'));
    expect(report).toContain('d loss / d layer3.0.conv1.weight');
    expect(report).not.toMatch(/d\.(first|stem|stage)/);
  });

  test('is known to summary and module, and has no optimiser state', async () => {
    const elaboration = compiled('freeze [stem, stage]');
    const { totals } = summaryOf(elaboration);
    const all = summaryOf(compiled(''));
    expect(totals.parameters).toBe(all.totals.parameters);
    expect(totals.trainable).toBeLessThan(totals.parameters / 2);
    expect(totals.memory.optimizer).toBe(4 * totals.trainable);
    const { network } = await loadModule(program('freeze [stem, stage]'));
    const { parameters } = network;
    expect(parameters.find(({ name }) => name === 'first.weight')!.trainable).toBe(false);
    expect(parameters.find(({ name }) => name === 'fc.weight')!.trainable).toBe(true);
  });

  test('leaves parameters as they are while the others are trained', async () => {
    const { createTrainer } = await loadModule(program('freeze [stem, stage]'));
    const trainer = await createTrainer({ seed: 1 });
    const copy = () => new Map([...trainer.parameters].map(([name, { data }]) => [name, [...data]]));
    const before = copy();
    const images = Float32Array.from({ length: 4 * 64 }, (_, k) => Math.sin(k));
    await trainer.step({ images, labels: Int32Array.from([0, 1, 2, 0]) });
    const after = copy();
    const changed = [...before.keys()].filter((name) => before.get(name)!.join() !== after.get(name)!.join());
    expect(changed.filter((name) => /^(first|stem|stage)/.test(name))).toEqual([]);
    expect(changed).toEqual(expect.arrayContaining(['fc.weight', 'layer3.0.conv1.weight']));
    const gradients = await trainer.gradients({ images, labels: Int32Array.from([0, 1, 2, 0]) });
    expect([...gradients.keys()].filter((name) => /^(first|stem|stage)/.test(name))).toEqual([]);
  });
});
