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

describe('what cannot be trained', () => {
  const backbone = `network Backbone {
    input image: [3, 32, 32]
    x = image -> conv(8, 3x3, bias: false) -> batchnorm -> relu -> maxpool(2)
    y = x -> conv(16, 3x3) -> relu
    z = x -> conv(4, 3x3)
  }`;

  it('is checked and summarised without loss, target and output', async () => {
    expect(await run(['check', '-'], backbone)).toMatchObject({ status: 0, out: '' });
    const { status, out, err } = await run(['summary', '-', '--json'], backbone);
    expect({ status, err }).toEqual({ status: 0, err: '' });
    const { layers, totals } = JSON.parse(out);
    expect(layers.map(({ name }: { name: string }) => name)).toEqual([
      'x.conv',
      'x.batchnorm',
      'x.relu',
      'x.maxpool',
      'y',
      'y.relu',
      'z',
    ]);
    expect(totals).toMatchObject({ parameters: 1692, macs: 437_760, memory: { gradients: 0, optimizer: 0 } });
    expect(totals.flops).toMatchObject({ backward: 0 });
  });

  it.each(['build -o -', 'train', 'grad', 'gradcheck', 'summary --dump all'])(
    'asks for a loss: %s',
    async (command) => {
      const [name, ...options] = command.split(' ');
      const { status, out, err } = await run([name!, '-', ...options], backbone);
      expect({ status, out }).toEqual({ status: 1, out: '' });
      expect(err).toMatch(/CNN2008.*<stdin>:1:9.*help: add `loss crossentropy/s);
    },
  );

  it('is said by `check` where it shall be trained', async () => {
    expect((await run(['check', '-'], `${backbone}\ntrain Backbone { epochs 3 }`)).err).toContain('CNN2008');
  });

  it('a file of blocks is a file, whose names are checked', async () => {
    const blocks = 'block Res(n) {\n  y = in -> conv(n, 3x3, pad: same) -> relu\n  return y + in\n}';
    expect(await run(['check', '-'], blocks)).toMatchObject({ status: 0 });
    const wrong = await run(['check', '-'], blocks.replace('relu', 'relo'));
    expect(wrong.status).toBe(1);
    expect(wrong.err).toMatch(/CNN2001.*`relo` is not known.*did you mean `relu`/s);
    expect((await run(['summary', '-'], blocks)).err).toContain('CNN2006');
  });
});

describe('summary', () => {
  const network = (rest: string) => `network N {
    input image: [1, 28, 28]
    target label: class(10)
    x = image -> conv(8, 3x3) -> relu
    side = x -> conv(2, 3x3, bias: false) -> batchnorm
    ${rest}
    loss crossentropy(y, label)
    output y
  }`;

  it('stands above an assertion that does not hold', async () => {
    const { status, out, err } = await run(['summary', '-'], network('y = x -> dense(10)\n assert parameters < 5k'));
    expect(status).toBe(1);
    expect(out).toMatch(/^y +dense +10 +54,090/m);
    expect(err).toMatch(/CNN2042.*54,\d+ < 5,000/s);
  });

  it('shows the layers up to the first that failed, and what there is to say', async () => {
    const text = network('w = x -> conv(8, 30x30)\n y = w -> dense(10)');
    const { status, out, err } = await run(['summary', '-', '--json'], text);
    expect(status).toBe(1);
    const { incomplete, layers } = JSON.parse(out);
    expect(incomplete).toBe(true);
    expect(layers.map(({ name }: { name: string }) => name)).toEqual(['x', 'x.relu', 'side.conv', 'side.batchnorm']);
    expect(err).toContain('CNN3002');
  });

  it('gathers no statistics for what is not used, and does not count its gradients', async () => {
    const { status, out, err } = await run(['summary', '-', '--json'], network('y = x -> dense(10)'));
    expect({ status, warned: err.includes('warning[CNN2004]: `side` is never used') }).toEqual({
      status: 0,
      warned: true,
    });
    const { totals } = JSON.parse(out);
    expect(totals.memory.parameters - totals.memory.gradients).toBe(4 * (2 * 8 * 9 + 4));
    expect((await run(['grad', '-'], network('y = x -> dense(10)'))).out).not.toContain('side');
  });
});

describe('check', () => {
  it('knows the data that are built in', async () => {
    const network = (shape: string, classes: number, data: string) => `network N {
      input image: ${shape}
      target label: class(${classes})
      y = image -> dense(${classes})
      loss crossentropy(y, label)
      output y
    }
    train N { data ${data} }`;
    const said = async (...of: Parameters<typeof network>) => {
      const { err } = await run(['check', '-'], network(...of));
      return [...err.replace(/\n +(?=\w)/g, ' ').matchAll(/CNN4008\]: (.*)/g)].map(([, message]) => message);
    };
    expect(await said('[1, 28, 28]', 10, 'digits')).toEqual([]);
    expect(await said('[1, 28, 28]', 12, 'digits(train: 100)')).toEqual([]);
    expect(await said('[1, 28, 28]', 5, 'digits')).toEqual(['`digits` has 10 classes, and `label` takes 5']);
    expect(await said('[3, 32, 32]', 5, 'digits')).toHaveLength(2);
    expect(await said('[3, 32, 32]', 10, 'cifar10("d")')).toEqual([]);
    expect(await said('[3, 32, 32]', 10, 'cifar100("d")')).toEqual([
      '`cifar100` has 100 classes, and `label` takes 10',
    ]);
    expect(await said('[1, 32, 32]', 27, 'mnist("d")')).toEqual([]);
    expect(await said('[28, 28, 1]', 10, 'mnist("d")')).toHaveLength(1);
    expect(await said('[5]', 2, 'npz("d.npz")')).toEqual([]);
  });

  it('says that channels come first', async () => {
    const text = (shape: string) => `network N {\n input image: ${shape}\n y = image -> conv(4, 3x3)\n}`;
    expect((await run(['check', '-'], text('[28, 28, 1]'))).err).toMatch(/CNN5011.*`\[1, 28, 28\]`.*CNN3002/s);
    expect((await run(['check', '-'], text('[3, 3, 3]'))).err).not.toContain('CNN5011');
  });

  it('tells what fits maps of one dimension', async () => {
    const oneDimension = await run(['check', path('one-dimension')]);
    expect(oneDimension.err).toMatch(/CNN3002.*the map has a height of 1: use a window of `1x2`/s);
    const fixed = source('one-dimension').replace('maxpool(2)', 'maxpool(1x2)');
    expect(await run(['check', '-'], fixed)).toMatchObject({ status: 0 });
    const text = (shape: string) => `network N {\n input wave: ${shape}\n y = wave -> conv(4, 1x5)\n}`;
    expect((await run(['check', '-'], text('[187]'))).err).toMatch(/CNN3001.*declare `input wave:\s+\[1,\s+187\]`/s);
    expect((await run(['check', '-'], text('[1, 187]'))).err).toMatch(/CNN3033.*a signal has one axis: write `5`/s);
    const signal = text('[1, 187]').replace('1x5', '5');
    expect((await run(['check', '-'], signal)).err).not.toContain('CNN3');
  });

  it('fails for errors and warnings, and for advice where it is strict', async () => {
    const text = (body: string) =>
      `network N {\n input image: [1, 28, 28]\n target label: class(10)\n ${body}\n loss crossentropy(y, label)\n output y\n}`;
    const advised = text('y = image -> dense(20) -> dense(10)');
    expect(await run(['check', '-'], advised)).toMatchObject({ status: 0 });
    expect(await run(['check', '-', '--strict'], advised)).toMatchObject({ status: 1 });
    expect(await run(['check', '-'], text('side = image -> relu\n y = image -> dense(10)'))).toMatchObject({
      status: 1,
    });
    expect(await run(['check', '-', '--strict'], text('y = image -> dense(10)'))).toMatchObject({ status: 0 });
    expect((await run(['check', '--help'])).out).toMatch(/Exit status: 0 .*1 for an error or a warning/s);
  });
});

describe('options', () => {
  const text = `network N {
    input image: [1, 12, 12]
    y = image -> conv(8, 3x3, pad: same) -> relu -> conv(4, 3x3, pad: same) -> relu
    loss mean(y ^ 2) + mean(y ^ 2)
    output y
  }`;

  it('--skip is heeded by every command, or refused', async () => {
    for (const command of ['summary', 'grad']) {
      const all = await run([command, '-'], text);
      const some = await run([command, '-', '--skip', 'eliminate-common'], text);
      expect(some.status).toBe(0);
      expect(some.out).not.toBe(all.out);
    }
    expect((await run(['gradcheck', '-', '--samples', '1', '--skip', 'fuse'], text)).status).toBe(0);
    expect((await run(['check', '-', '--skip', 'fuse'], text)).status).toBe(2);
    expect((await run(['check', '-', '--skip', 'fuse', '--verify'], text)).status).toBe(0);
  });

  it('--ts has types, and is not minified', async () => {
    const { out } = await run(['build', '-', '--ts'], text);
    expect(out).toMatch(/export function createTrainer\(options\?: TrainerOptions\): Promise<Trainer>/);
    expect(await run(['build', '-', '--ts', '--minify'], text)).toMatchObject({ status: 2, out: '' });
  });
});
