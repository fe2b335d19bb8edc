import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { compileSource, emitModule } from '../../src/compile.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const source = `network Small {
  input image: [1, 28, 28]
  target label: class(10)
  logits = image -> conv(4, 5x5, stride: 2) -> relu -> dense(10)
  loss crossentropy(logits, label)
  output logits
}
train Small { data "digits:train=256,test=64" batch 64 epochs 2 }`;

it('a module that is run as a program gives the same with two threads, and ends', async () => {
  const { code } = await emitModule(compileSource(source, 'small.cnn').elaboration!);
  const file = join(temporaryFolder('cnnc-threads-'), 'small.mjs');
  writeFileSync(file, code);
  const losses = async (threads: string) => {
    const { stdout } = await promisify(execFile)(process.execPath, [file, '--json', '--threads', threads]);
    return stdout.match(/"(train|test)Loss":[\d.]+/g);
  };
  const alone = await losses('1');
  expect(alone!.length).toBeGreaterThan(3);
  expect(await losses('2')).toEqual(alone);
});
