/** @file A step that would leave infinity: the layer and the direction are named, with figures, and the state before it is kept. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { tiny } from './networks.ts';
import { run } from './recorder.ts';
import { folderWith } from './run-cnnc.ts';

const flat = (text: string) => text.replace(/\s+/g, ' ');

function train(text: string, ...more: string[]) {
  return run(['train', join(folderWith({ 'net.cnn': text }), 'net.cnn'), ...more]);
}

const cubed = tiny
  .replace('-> relu ->', '-> cubed ->')
  .replace('network Tiny', 'fn cubed(x) = x * x * x\nnetwork Tiny');

describe('a step that is refused', () => {
  it('names the layer in which values overflow forward, and the learning rate', async () => {
    const { status, err } = await train(cubed, '--lr', '1e6');
    expect(status).toBe(1);
    expect(flat(err)).toMatch(
      /CNN4105.*: the loss is not a finite number in epoch 1, step \d+: the first such value is `logits\.cubed`, forward: layer `logits\.cubed` \(cubed\)/,
    );
    expect(flat(err)).toMatch(
      /likely cause: the learning rate, 1000000: the largest weight is [\d.e+]+ \(`\w+\.weight`\).*find-lr/,
    );
  });

  it('names the layer whose slope is infinite, backward', async () => {
    const rooted = tiny.replace('-> relu ->', '-> sqrt ->').replace('  batch 20', '  init zeros\n  batch 20');
    const { status, err } = await train(rooted);
    expect(status).toBe(1);
    expect(flat(err)).toMatch(
      /the gradient of `[\w.]+` is not a finite number in epoch 1, step 1: the first such value is `d\.\w+[^`]*`, backward: layer `logits\.sqrt` \(gradient of sqrt\)/,
    );
    expect(flat(err)).toMatch(/likely cause: a slope that is infinite/);
  });

  it('names the data where these are wide', async () => {
    const scaled = tiny.replace(
      'data digits(train: 200, test: 50)',
      'data digits(train: 200, test: 50)\n  normalize mean: 0, std: 1e-9',
    );
    const { err } = await train(scaled.replace('-> relu ->', '-> exp ->'));
    expect(flat(err)).toMatch(
      /likely cause: the data: values of `image` go from 0 to 1000000000; their `normalize` may be wrong/,
    );
  });

  it('keeps the last good state, from which the run goes on at another rate', async () => {
    const steep = tiny.replace('sgd(lr: 0.1, momentum: 0.9)', 'sgd(lr: 0.1)');
    const folder = folderWith({ 'net.cnn': steep });
    const [file, out] = [join(folder, 'net.cnn'), join(folder, 'run')];
    await run(['train', file, '--epochs', '1', '--out', out]);
    const saved = readFileSync(join(out, 'last.safetensors'));
    const broken = await run(['train', file, '--epochs', '2', '--out', out, '--resume', '--lr', '1e38']);
    expect(flat(broken.err)).toContain(`\`${out}\` has the last good state, and \`--resume --lr X\` goes on from it`);
    expect(flat(broken.err)).toMatch(/the first such value is `out\.sum`, forward: layer `out` \(dense\)/);
    expect(readFileSync(join(out, 'last.safetensors')).length).toBe(saved.length);
    expect((await run(['train', file, '--epochs', '2', '--out', out, '--resume', '--lr', '0.05'])).status).toBe(0);
  });

  it('is found with augmentation, dropout, batch norm and a schedule, which the replay repeats', async () => {
    const much = `fn cubed(x) = x * x * x
network Much {
  input image: [1, 28, 28]
  target label: class(10)
  logits = image -> conv1: conv(4, 3x3) -> batchnorm -> relu -> dropout(0.5) -> cubed -> globalavgpool -> dense(10)
  loss crossentropy(logits, label)
}
train Much {
  data digits(train: 120, test: 20)
  augment crop(pad: 2), flip(horizontal)
  optimizer adam(lr: 1e25)
  schedule cosine
  batch 20
  epochs 2
}
`;
    const { status, err } = await train(much, '--validation', '10%');
    expect(status).toBe(1);
    expect(flat(err)).toMatch(/the first such value is `[^`]+`, (forward|backward|in the update): layer `[^`]+`/);
  });
});
