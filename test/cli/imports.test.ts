import { join } from 'node:path';
import pico from 'picocolors';
import { describe, expect, it } from 'vitest';
import { runCommandLine } from '../../src/cli/program.ts';
import { folderWith } from './run-cnnc.ts';

const main = `import { Stem } from "./blocks/stem.cnn"

network N {
  input image: [1, 8, 8]
  target label: class(3)
  y = image -> Stem(4)
  loss crossentropy(y -> dense(3), label)
  output y
}
`;
const stem = 'import { width } from "../sizes.cnn"\n\nblock Stem(n) {\n  return in -> conv(n * width, 3x3)\n}\n';

/** What a command writes about `main.cnn` in a folder with these files. */
async function run(command: readonly string[], files: Readonly<Record<string, string>>) {
  const folder = folderWith({ 'main.cnn': main, ...files });
  const written = { out: '', err: '' };
  const status = await runCommandLine([...command, join(folder, 'main.cnn')], {
    out: (text) => void (written.out += text),
    err: (text) => void (written.err += text),
    readInput: async () => new Uint8Array(),
    colors: pico.createColors(false),
    width: 400,
    interactive: false,
  });
  return { status, out: written.out, err: written.err.replaceAll(folder, 'FOLDER') };
}

describe('files that import others', () => {
  it('are compiled with them, paths being seen from the importing file', async () => {
    const { status, out } = await run(['summary'], { 'blocks/stem.cnn': stem, 'sizes.cnn': 'width = 2\n' });
    expect(status).toBe(0);
    expect(out).toContain('8x6x6');
  });

  it('are reported with the text of the file in which the mistake is', async () => {
    const { status, err } = await run(['check'], { 'blocks/stem.cnn': stem, 'sizes.cnn': 'width = 1 / 0\n' });
    expect(status).toBe(1);
    expect(err).toContain('error[CNN4005]');
    expect(err).toContain('--> FOLDER/sizes.cnn:1:9');
    expect(err).toContain('1 | width = 1 / 0');
  });

  it('say what is missing, and what it may be called', async () => {
    const { status, err } = await run(['check'], { 'blocks/stems.cnn': stem });
    expect(status).toBe(1);
    expect(err).toContain('error[CNN2111]: `FOLDER/blocks/stem.cnn` does not exist');
    expect(err).toContain('did you mean `FOLDER/blocks/stems.cnn`?');
  });

  it('refuse what is no text', async () => {
    const { status, err } = await run(['check'], { 'blocks/stem.cnn': stem, 'sizes.cnn/x': '' });
    expect(status).toBe(1);
    expect(err).toContain('error[CNN2111]: `FOLDER/sizes.cnn` is a folder');
  });
});
