/** @file Networks that were once refused, compiled to modules that cannot start, or passed without the word they need. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { run } from '../cli/recorder.ts';
import { loadModule } from '../support/load-module.ts';

const path = (name: string) => new URL(`./inputs/${name}.cnn`, import.meta.url).pathname;
const source = (name: string) => readFileSync(path(name), 'utf8');

describe('advice', () => {
  it('probabilities go into a loss that takes scores', async () => {
    const { status, err } = await run(['check', path('softmax-twice')]);
    expect(status).toBe(1);
    expect(err).toMatch(/CNN5004.*`kldiv` takes scores.*`softmax` made/s);
  });

  it('the norm of one value is 0 for every image', async () => {
    const { status, err } = await run(['check', path('constant-layer')]);
    expect(status).toBe(1);
    expect(err).toMatch(/CNN5009.*`y.instancenorm` gives the same for every image/s);
  });

  it.each(['build -o -', 'summary', 'grad', 'gradcheck --samples 1'])(
    'is shown by %s, which goes on',
    async (command) => {
      const [name, ...options] = command.split(' ');
      const { status, out, err } = await run([name!, path('softmax-twice'), ...options]);
      expect(err).toContain('CNN5004');
      expect(status).toBe(0);
      expect(out.length).toBeGreaterThan(50);
      expect(out).not.toContain('CNN5004');
    },
  );
});

describe('what a network may lack', () => {
  /** The statements by what they bring; a name in `lacks` is left out. */
  const network = (lacks: readonly string[]) => {
    const has = (part: string) => !lacks.includes(part);
    const layer = has('parameters') ? '-> conv(2, 3x3) ' : '';
    return `network N {
      input image: [1, 6, 6]
      ${has('targets') ? 'target label: class(2)' : ''}
      y = image ${layer}-> avgpool(2)${has('buffers') ? ' -> batchnorm' : ''}
      loss mean(y ^ 2)${has('targets') ? ' + 0 * crossentropy(y -> flatten -> slice(0, 2), label)' : ''}
      ${has('metrics') ? 'metric size = mean(y)' : ''}
      ${has('outputs') ? 'output y' : ''}
    }`;
  };
  const parts = ['parameters', 'buffers', 'metrics', 'outputs', 'targets'];
  const subsets = [[], ...parts.map((part) => [part]), ['parameters', 'buffers'], parts];

  for (const target of ['js', 'wasm'] as const)
    it.each(subsets.map((lacks) => [lacks.join(' and ') || 'nothing', lacks] as const))(
      `${target} lacks %s`,
      async (_, lacks) => {
        const module = await loadModule(network(lacks), { target });
        const trainer = await module.createTrainer({ seed: 1 });
        const images = Float32Array.from({ length: 5 * 36 }, (_, k) => Math.sin(k));
        const labels = lacks.includes('targets') ? undefined : Uint8Array.of(0, 1, 0, 1, 1);
        const batch = labels ? { images, labels } : { images };
        for (const result of [trainer.step(batch), trainer.evaluate(batch)]) {
          expect(Number.isFinite(result.loss)).toBe(true);
          expect(result.metrics === undefined).toBe(lacks.includes('metrics'));
        }
        const named = lacks.includes('parameters') ? 0 : 2;
        expect(trainer.gradients(batch).size).toBe(named + (lacks.includes('buffers') ? 0 : 2));
        if (lacks.includes('outputs')) {
          expect(() => trainer.predict(images)).toThrow('no output to predict');
          expect(() => trainer.predictAll(images)).toThrow('no output to predict');
        } else expect(trainer.predict(images).every(Number.isFinite)).toBe(true);
        const saved = trainer.save();
        const other = await module.createTrainer({ seed: 2 });
        other.load(saved);
        expect(other.evaluate(batch).loss).toBe(trainer.evaluate(batch).loss);
        const split = { images, labels, count: 5 };
        for await (const { trainLoss } of other.fit(
          { train: split, test: split },
          { epochs: 1, batch: 5, resume: false },
        ))
          expect(Number.isFinite(trainLoss)).toBe(true);
      },
    );

  it('without parameters every command runs', async () => {
    const file = path('no-parameters');
    expect(await run(['check', file])).toMatchObject({ status: 0 });
    expect((await run(['gradcheck', file])).err).toContain('nothing to check');
    expect((await run(['grad', file])).out).toContain('none: no parameter is trained');
    const trained = await run(['train', file, '--epochs', '1', '--data', 'digits:50']);
    expect(trained).toMatchObject({ status: 0 });
    expect(trained.err).toContain('there is nothing to learn');
    expect(trained.out).toMatch(/^epoch 1\/1 {2}train 0\.\d+/);
    expect(source('no-parameters')).toContain('avgpool');
  });
});
