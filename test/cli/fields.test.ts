/** @file `cnnc summary --cell` and `--sizes`. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { run } from './recorder.ts';

const network = (input: string, layers: string) => `network N {
  input image: ${input}
  y = image -> ${layers}
  output y
}
`;

const small = network('[1, 9, 9]', 'conv(2, 3x3, pad: 1) -> conv2: conv(2, 3x3, stride: 2)');
const summary = (source: string, ...args: string[]) => run(['summary', '-', ...args], source);

describe('--cell', () => {
  it('tells what a place sees', async () => {
    expect((await summary(small, '--cell', 'conv2:0,3')).out).toBe(
      'conv2 at 0,3 of 2x4x4\n  sees rows -1 to 3, columns 5 to 9 of image 1x9x9: 5x5, padding included\n',
    );
    expect((await summary(small, '--cell', 'conv2')).out).toContain('sees rows 1 to 5, columns 1 to 5');
    expect(JSON.parse((await summary(small, '--cell', 'conv2:1,2', '--json')).out)).toEqual({
      layer: 'conv2',
      place: [1, 2],
      output: [2, 4, 4],
      input: { name: 'image', shape: [1, 9, 9] },
      box: [
        [1, 5],
        [3, 7],
      ],
    });
  });

  it('draws where the gradient falls', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'cell-'));
    const file = join(folder, 'field.svg');
    const { out, status } = await summary(small, '--cell', 'conv2:1,1', '--effective', file);
    expect(status).toBe(0);
    expect(out).toMatch(/its gradient falls 50 % within \dx\d, 95 % within [45]x[45]\n/);
    expect(out.split('\n').filter((line) => /[░▒▓█]/.test(line))).toHaveLength(5);
    const picture = readFileSync(file, 'utf8');
    expect(picture.match(/fill-opacity/g)).toHaveLength(25);
    expect(picture).toMatch(
      /viewBox="-1 -1 514 514".*\n<rect x="-0.5" y="-0.5" width="513" height="513" fill="#fff" stroke=/,
    );
    expect(picture).toContain('<rect x="56.89" y="56.89" width="284.44" height="284.44" fill="none"');
    rmSync(folder, { recursive: true });
  });

  it('says what layers and places there are', async () => {
    expect((await summary(small, '--cell', 'conv3')).err).toMatch(/CNN4214.*`conv3`[\s\S]*did you mean `conv2`/);
    const several = network('[1, 9, 9]', 'conv(2, 3x3) -> relu -> conv(2, 3x3) -> relu');
    expect((await summary(several, '--cell', 'y')).err).toMatch(
      /CNN4214.*`y` is no layer, but several[\s\S]*name one of its 4 layers: `y.conv`, `y.relu`, `y.conv2`, …/,
    );
    expect((await summary(small, '--cell', 'conv2:4,0')).err).toMatch(/CNN4214[\s\S]*from 0,0 to 3,3/);
    expect((await summary(small, '--effective')).status).toBe(2);
  });
});

describe('--sizes', () => {
  const sizes = async (source: string) => JSON.parse((await summary(source, '--sizes', '--json')).out);

  it('tells from which size on all layers work', async () => {
    const { out } = await summary(network('[3, 32, 32]', 'conv(4, 5x5) -> maxpool(2) -> conv(4, 5x5)'), '--sizes');
    expect(out).toBe(`image: 32x32 in the file
  smallest  14x14; 13x13 fails: a window of 5x5 does not fit into a map of 4x4
  step      every size from there on
  largest   none found up to 256x256
  weights   the same at each of these sizes
`);
  });

  it('knows that maps that meet must be as large, and when weights depend on the size', async () => {
    const ladder = network('[3, 32, 32]', 'down: maxpool(4) -> upsample(4)').replace(
      'output y',
      'z = y + image\n  output z',
    );
    expect(await sizes(ladder)).toMatchObject([{ axes: [0, 1], smallest: 4, step: 4, keepsParameters: true }]);
    const headed = network('[3, 8, 8]', 'flatten -> dense(3)');
    expect(await sizes(headed)).toMatchObject([{ smallest: 1, step: 1, keepsParameters: false }]);
  });

  it('tells axes of different length one by one', async () => {
    const wide = network('[1, 4, 9]', 'conv(2, 3x5)');
    expect(await sizes(wide)).toMatchObject([
      { axes: [0], native: 4, smallest: 3 },
      { axes: [1], native: 9, smallest: 5 },
    ]);
  });

  it('is told of maps alone', async () => {
    expect((await summary(network('[7]', 'dense(3)'), '--sizes')).err).toContain('CNN4215');
  });
});
