/** @file The options of `cnnc summary`: what is shown, of which input, how wide. */
import { describe, expect, it } from 'vitest';
import { run } from './recorder.ts';

const nested = `
block Twice(channels) {
  return in -> first_of_two_with_a_long_name: conv(channels, 3x3, pad: 1) -> relu
            -> second_of_two_with_a_long_name: conv(channels, 3x3, stride: 2, pad: 1) -> relu
}
network Nested {
  input image: [3, 32, 32]
  target label: class(10)
  stage = image -> repeat(2) Twice(4)
  logits = stage -> globalavgpool -> dense(10)
  loss crossentropy(logits, label)
  output logits
}
`;

const summary = (source: string, ...args: string[]) => run(['summary', '-', ...args], source);
const linesOf = (out: string) => out.split('\n');

describe('summary', () => {
  it('cuts names in narrow terminals alone', async () => {
    const long = 'stage.0.first_of_two_with_a_long_name';
    for (const form of [[], ['--md'], ['--csv'], ['--json']])
      expect((await summary(nested, ...form)).out).toContain(long);
    const atWidth = async (width: number) => (await run(['summary', '-'], nested, true, width)).out;
    expect(await atWidth(160)).toContain(long);
    const narrow = await atWidth(80);
    expect(narrow).not.toContain(long);
    for (const line of linesOf(narrow)) expect(line.length).toBeLessThanOrEqual(80);
  });

  it('folds blocks', async () => {
    const { out } = await summary(nested, '--depth', '2', '--csv', '--columns', 'name,op,output,parameters');
    expect(out.split('\r\n').slice(0, 6)).toEqual([
      'name,op,output,parameters',
      'stage.0,4 layers,4x16x16,260',
      'stage.1,4 layers,4x8x8,296',
      'logits.globalavgpool,globalavgpool,4,0',
      'logits,dense,10,50',
      'total,,,606',
    ]);
    const all = JSON.parse((await summary(nested, '--json')).out);
    const folded = JSON.parse((await summary(nested, '--json', '--depth', '1')).out);
    expect(folded.totals).toEqual(all.totals);
    expect(folded.layers.map(({ name }: { name: string }) => name)).toEqual(['stage', 'logits']);
  });

  it('adds up operators, with the bytes that they move', async () => {
    const { out } = await summary(nested, '--by-operator', '--csv');
    const floats = (...counts: number[]) => 4 * counts.reduce((sum, count) => sum + count, 0);
    const moved = [
      // Two blocks of two convolutions: what flows in, the result, weights and biases.
      floats(3 * 32 * 32, 4 * 32 * 32, 112, 4 * 32 * 32, 4 * 16 * 16, 148) +
        floats(4 * 16 * 16, 4 * 16 * 16, 148, 4 * 16 * 16, 4 * 8 * 8, 148),
      floats(2 * 4 * 32 * 32, 2 * 4 * 16 * 16, 2 * 4 * 16 * 16, 2 * 4 * 8 * 8),
      floats(4 * 8 * 8, 4),
      floats(4, 10, 50),
    ];
    expect(out.split('\r\n').slice(0, 5)).toEqual([
      'name,op,parameters,macs,flops,moved,intensity',
      expect.stringMatching(`^conv,4 layers,556,.*,${moved[0]},`),
      expect.stringMatching(`^relu,4 layers,0,0,.*,${moved[1]},`),
      expect.stringMatching(`^globalavgpool,1 layer,0,0,260,${moved[2]},0.3$`),
      expect.stringMatching(`^dense,1 layer,50,40,90,${moved[3]},0.4$`),
    ]);
  });

  it('tells equal blocks in a row once, with their figures', async () => {
    const row = nested
      .replace('repeat(2) Twice(4)', 'repeat(4) Same')
      .replace('network Nested', 'block Same { return (in + in -> conv(3, 3x3, pad: 1)) -> relu }\nnetwork Nested');
    const rows = linesOf((await summary(row, '--columns', 'name,op,parameters,sees')).out).slice(4, 8);
    expect(rows).toEqual([
      'stage.0.add           add                           0   1x1',
      'stage.0.conv          conv 3x3 p1                  84   3x3',
      'stage.0.relu          relu                          0   3x3',
      'stage.1 ... 3         as stage.0, 3 times         252   9x9',
    ]);
    const whole = linesOf((await summary(row, '--no-fold')).out);
    expect(whole.filter((line) => line.startsWith('stage.'))).toHaveLength(12);
    // Nothing is lost in the forms for programs.
    expect(JSON.parse((await summary(row, '--json')).out).layers).toHaveLength(14);
    expect(linesOf((await summary(row, '--csv')).out).filter((line) => line.startsWith('stage.'))).toHaveLength(12);
  });

  it('tells blocks that differ one by one', async () => {
    expect((await summary(nested)).out).not.toContain('as stage');
  });

  it('sorts by a figure, with bars', async () => {
    const { out } = await summary(nested, '--sort', 'parameters');
    const [, , title, , ...lines] = linesOf(out);
    expect(title).toMatch(/^layer +operator +parameters +share$/);
    const end = lines.findIndex((line) => line.startsWith('---'));
    const rows = lines.slice(0, end - 1).map((line) => line.split(/ {2,}/));
    const counts = rows.map((cells) => Number(cells[2]));
    expect(counts).toEqual([...counts].sort((a, b) => b - a));
    expect(rows[0]!.slice(-1)).toEqual(['#'.repeat(24)]);
    const share = rows.reduce((sum, cells) => sum + Number.parseFloat(cells[3]!), 0);
    expect(Math.abs(share - 100)).toBeLessThan(0.5);
    expect(lines[end - 1]).toBe('5 layers have no parameters');
    const csv = linesOf((await summary(nested, '--sort', 'memory', '--csv', '--columns', 'name,memory')).out);
    expect(Number(csv[1]!.split(',')[1])).toBeGreaterThan(Number(csv[5]!.split(',')[1]));
    expect((await summary(nested, '--sort', 'name')).status).toBe(2);
  });

  it('says how a window moves', async () => {
    const { out } = await summary(`network Windows {
      input x: [4, 33, 33]
      a = x -> conv(8, 3x5, stride: 2x1, dilation: 2, groups: 4, pad: [1, 0, 2, 0])
      b = a -> maxpool(3, stride: 2, pad: 1) -> maxpool(2)
      c = b -> convtranspose(4, 2x2, stride: 2) -> upsample(2) -> conv(4, 1x1) -> depthwise(3, pad: same)
      output c
    }`);
    const operators = linesOf(out).flatMap((line) => /^[abc][.\w]* +(.*?) {2}/.exec(line)?.[1] ?? []);
    expect(operators).toEqual([
      'conv 3x5 /2x1 p1,0,2,0 d2 g4',
      'maxpool 3x3 /2 p1',
      'maxpool 2x2 /2',
      'convtranspose 2x2 /2',
      'upsample x2',
      'conv 1x1',
      'depthwise 3x3 same',
    ]);
  });

  it('takes another size of the input', async () => {
    const { out } = await summary(nested, '--json', '--input', '3x64x48');
    const { inputs, layers } = JSON.parse(out);
    expect(inputs).toEqual({ image: [3, 64, 48] });
    expect(layers[3].output).toEqual([4, 32, 24]);
    const pair = `network Pair {
      input left: [1, 8, 8]
      input right: [1, 8, 8]
      a = left -> conv(2, 3x3)
      b = right -> conv(2, 3x3)
      output a
      output b
    }`;
    const both = await summary(pair, '--json', '--input', 'left=1x10x10', '--input', 'right=2x9x9');
    expect(JSON.parse(both.out).inputs).toEqual({ left: [1, 10, 10], right: [2, 9, 9] });
    const unnamed = await summary(pair, '--input', '1x10x10');
    expect([unnamed.status, unnamed.err]).toEqual([1, expect.stringContaining('error[CNN2047]: `Pair` has 2 inputs')]);
    const unknown = await summary(pair, '--input', 'lift=1x10x10');
    expect([unknown.status, unknown.err]).toEqual([1, expect.stringContaining('did you mean `left`')]);
    const small = await summary(nested, '--input', '3x1x0');
    expect(small.status).toBe(2);
  });

  it('lists the columns, and finds the one that is meant', async () => {
    const { status, err } = await summary(nested, '--columns', 'name,flop');
    expect([status, err]).toEqual([2, expect.stringMatching(/Did you mean\s+flops\?/)]);
    expect((await run(['summary', '--help'])).out).toMatch(/Columns:\n {2}name +the name/);
    const timed = await summary(nested, '--columns', 'name,time');
    expect([timed.status, timed.err]).toEqual([
      2,
      expect.stringContaining("needs a measure of this machine: '--calibrate'"),
    ]);
    const { out } = await summary(nested, '--columns', 'layer,sees,flops,memory');
    expect(linesOf(out)[2]).toMatch(/^layer +sees +FLOPs +memory$/);
  });

  it('says what FLOPs are, and what memory prediction takes', async () => {
    const { out } = await summary(nested, '--batch', '1');
    expect(out).toContain('a multiply-add is two');
    expect(out).toMatch(/to train with one image: [\s\S]* to predict alone: [\s\S]*room for 4 images/);
  });

  it.each([
    [1, 4, 3],
    [4, 4, 0],
    [5, 8, 3],
    [12, 8, 4],
  ])('says how many lanes are idle in a step of %i', async (batch, block, idleLanes) => {
    const found = JSON.parse((await summary(nested, '--batch', `${batch}`, '--json')).out);
    expect(found).toMatchObject({ block, idleLanes });
    const told = `(a step of ${batch} takes as long as one of ${batch + idleLanes}: ${idleLanes} lanes are idle)`;
    expect((await summary(nested, '--batch', `${batch}`)).out.includes(told)).toBe(idleLanes > 0);
  });

  it('says which network is meant', async () => {
    const two = `${nested}${nested.slice(nested.indexOf('network')).replace('Nested', 'Other')}`;
    expect((await summary(two)).err).toContain('`--network Nested`');
    expect((await summary(two, '--network', 'Other')).out).toContain('Other: image 3x32x32');
  });
});
