/** @file `--block`: a block in the place of a network has the figures that it has where a network applies it. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { run } from './recorder.ts';
import { folderWith } from './run-cnnc.ts';

const file = `import { Basic } from "std/residual"
width = 8
block Stem(channels = width, act = relu) {
  return in -> conv(channels, 3x3, pad: same) -> act -> Basic(channels) -> Basic(2 * channels, 2)
}
network N {
  input image: [3, 16, 16]
  output y = image -> Stem -> globalavgpool
}
`;

interface Row {
  readonly parameters: number;
  readonly macs: number;
}

const rowsOf = ({ layers }: { layers: readonly Row[] }) => layers.map(({ parameters, macs }) => [parameters, macs]);

describe('a block alone', () => {
  // `in` in a default, other files, parameters that are windows, booleans and layers.
  it.each([
    ['std/residual', 'Basic', ['channels=128', 'stride=2'], 'Basic(128, stride: 2)'],
    ['std/mobile', 'MBConv', ['channels=24', 'kernel=5'], 'MBConv(24, kernel: 5)'],
    ['std/inception', 'ConvNorm', ['channels=24', 'kernel=1x7'], 'ConvNorm(24, 1x7)'],
    ['std/shuffle', 'Shuffle', [], 'Shuffle'],
    ['std/attention', 'SqueezeExcitation', ['squeeze=8', 'activation=silu'], 'SqueezeExcitation(8, silu)'],
  ])('%s: %s', async (path, block, set, applied) => {
    const settings = set.flatMap((each) => ['--set', each]);
    const alone = await run(['summary', path, '--block', block, '--input', '32x16x16', ...settings, '--json']);
    const network = `import { ${block} } from "${path}"
      network N { input image: [32, 16, 16]
        output y = image -> ${applied} }`;
    const within = await run(['summary', '-', '--json'], network);
    expect([alone.status, alone.err, within.status]).toEqual([0, '', 0]);
    expect(rowsOf(JSON.parse(alone.out))).toEqual(rowsOf(JSON.parse(within.out)));
    // Layers have the name of the value before theirs.
    const totals = JSON.stringify(JSON.parse(within.out).totals).replace(/\by\./g, '');
    expect(JSON.parse(alone.out).totals).toEqual(JSON.parse(totals));
  });

  it('of a file, or imported by it, with the other options', async () => {
    const of = (block: string, ...rest: string[]) => run(['summary', '-', '--block', block, ...rest], file);
    const stem = ['--input', '3x16x16', '--set', 'act=hardswish'];
    expect((await of('Stem', ...stem, '--depth', '1', '--columns', 'name,output')).out).toMatch(
      /^Stem: in 3x16x16\n.*conv +8x16x16\nhardswish +8x16x16\nBasic +8x16x16\nBasic2 +16x8x8\n/s,
    );
    expect((await of('Stem', ...stem, '--cell', 'hardswish:0,0')).out).toContain(
      'rows -1 to 1, columns -1 to 1 of in 3x16x16',
    );
    expect((await of('Basic', '--input', 'in=4x9x9', '--set', 'channels=4', '--sizes')).out).toMatch(
      /^in: 9x9 as given\n {2}smallest {2}1x1\n/,
    );
    const page = await of('Basic', '--input', '4x9x9', '--set', 'channels=4', '--html', '-');
    expect([page.status, page.out]).toEqual([0, expect.stringContaining('<title>Basic')]);
    const drawn = ['graph', '-', '--block', 'Stem', ...stem, '--format', 'mmd', '-o', '-'];
    expect((await run(drawn, file)).out).toContain('hardswish');
  });

  it.each([
    ['CNN2048', 'did you mean `Stem`?', ['Sten', '--input', '3x16x16']],
    ['CNN2048', 'it has `Stem` and `Basic`', ['Bottleneck', '--input', '3x16x16']],
    ['CNN2049', '--input 64x32x32', ['Stem']],
    ['CNN2047', 'is called `in`', ['Stem', '--input', 'image=3x16x16']],
    ['CNN2011', 'did you mean `channels`?', ['Stem', '--input', '3x16x16', '--set', 'chanels=4']],
    ['CNN2012', '--set channels=…', ['Basic', '--input', '3x16x16']],
    ['CNN2013', 'did you mean `relu`?', ['Stem', '--input', '3x16x16', '--set', 'act=rellu']],
    ['CNN2013', 'its default is the layer `relu`', ['Stem', '--input', '3x16x16', '--set', 'act=3']],
    ['CNN3001', 'needs a map', ['Stem', '--input', '16']],
  ])('%s: %s', async (code, help, options) => {
    const { status, err } = await run(['summary', '-', '--block', ...options], file);
    expect({ status, err }).toEqual({ status: 1, err: expect.stringContaining(`error[${code}]`) });
    expect(err).toContain(help);
  });

  it('has a picture of its own name beside its file', async () => {
    const folder = folderWith({ 'net.cnn': file });
    const drawn = await run(['graph', join(folder, 'net.cnn'), '--block', 'Stem', '--input', '3x16x16']);
    expect(drawn).toMatchObject({ status: 0, err: expect.stringContaining(join(folder, 'Stem.svg')) });
  });

  it('is proposed where a file has blocks and no network', async () => {
    const { err } = await run(['summary', 'std/residual']);
    expect(err).toMatch(/CNN2006.*--block Basic --input 64x32x32/s);
  });
});
