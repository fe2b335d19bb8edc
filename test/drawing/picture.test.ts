/** @file What a picture of a network shows: layers in their blocks, repeats once, and what flows where. */
import { describe, expect, it } from 'vitest';
import { allBoxes, blocksBelow, closeBlocks, type Picture } from '../../src/drawing/boxes.ts';
import { dotText, mermaidText } from '../../src/drawing/graph-texts.ts';
import { pictureOf } from '../../src/drawing/picture-of.ts';
import { elaborated, network } from '../semantics/elaborated.ts';

const residual = `
block Basic(channels, stride = 1) {
  main = in -> conv(channels, 3x3, stride: stride, pad: same) -> relu -> conv(channels, 3x3, pad: same)
  skip = if stride == 1 and in.channels == channels { in } else { in -> conv(channels, 1x1, stride: stride) }
  return main + skip
}
block Stage(channels, count) { return in -> first: Basic(channels, 2) -> repeat(count) Basic(channels) }`;

const picture = (body: string, options = {}) => pictureOf(elaborated(network(body, residual)).training, options);

const blocks = ({ boxes }: Picture) =>
  allBoxes(boxes).flatMap(({ kind, label, count = 1 }) => (kind === 'block' ? [`${label[0]} × ${count}`] : []));

const flows = ({ flows }: Picture) => flows.map(({ from, to }) => `${from} > ${to}`);

describe('repeats', () => {
  it('are equal blocks in a row, which are drawn once', () => {
    const stages = 'y = image -> a: Stage(4, 3) -> b: Stage(8, 1)';
    expect(blocks(picture(stages))).toEqual([
      'a × 1',
      'first × 1',
      'Basic.0 … Basic.2 × 3',
      'b × 1',
      'first × 1',
      'Basic.0 × 1',
    ]);
    expect(blocks(picture(stages, { unfolded: true }))).toHaveLength(8);
  });

  it('keep what flows past their layers, and lose what flows from one to the next', () => {
    expect(flows(picture('x = image -> c: conv(4, 3x3, pad: same) y = x -> repeat(3) Basic(4)')).slice(1, 7)).toEqual([
      'c > y.0.main.conv',
      'y.0.main.conv > y.0.main.relu',
      'y.0.main.relu > y.0.main.conv2',
      'y.0.main.conv2 > y.0.add',
      'c > y.0.add',
      'y.0.add > logits.flatten',
    ]);
  });

  it('hide nothing that reads a block in their middle', () => {
    const { flows } = picture('a = image -> Basic(2) b = a -> Basic(2) c = b -> Basic(2) y = a + c');
    expect(flows.filter(({ to }) => to === 'y').map(({ from }) => from)).toEqual(['a.add']);
  });

  it.each([
    ['have other numbers', 'y = image -> Basic(2) -> Basic(4) -> Basic(8)'],
    ['stand beside each other', 'y = concat(image -> Basic(2), image -> Basic(2))'],
    ['share their weights', 'shared = Basic(2) y = image -> shared -> shared'],
    ['are told apart by a layer between them', 'y = image -> Basic(2) -> relu -> Basic(2)'],
  ])('are no blocks that %s', (_, body) => {
    for (const block of blocks(picture(body))) expect(block).toMatch(/ × 1$/);
  });

  it('lie within repeats', () => {
    const { training } = elaborated(
      network('y = image -> repeat(2) Outer', `${residual}\nblock Outer { return in -> repeat(3) Basic(2) -> relu }`),
    );
    const found = pictureOf(training);
    expect(blocks(found)).toEqual(['y.0 … y.1 × 2', 'Basic.0 … Basic.2 × 3']);
    const ids = new Set(allBoxes(found.boxes).map(({ id }) => id));
    expect(found.flows.filter(({ from, to }) => !ids.has(from) || !ids.has(to))).toEqual([]);
  });
});

describe('closed blocks', () => {
  const whole = picture('y = image -> a: Stage(4, 3)');

  it('are boxes that everything of theirs flows into and out of', () => {
    const closed = closeBlocks(whole, new Set(blocksBelow(whole.boxes, 0)));
    expect(flows(closed)).toEqual([
      'input:image > block:a',
      'block:a > logits.flatten',
      'logits.flatten > head',
      'head > output:logits',
      'head > loss:loss',
      'target:label > loss:loss',
    ]);
    expect(closed.boxes.find(({ id }) => id === 'block:a')!.label).toEqual([
      'a',
      'Stage',
      '17 layers',
      '4x4x4 · 1,124 params',
    ]);
  });

  it('keep skips around what is closed within', () => {
    const closed = closeBlocks(whole, new Set(blocksBelow(whole.boxes, 1)));
    expect(flows(closed)).toContain('block:a.first > block:a.Basic.0');
    expect(flows(closed)).not.toContain('block:a.Basic.0 > block:a.Basic.0');
  });
});

describe('parameters', () => {
  it('are counted where they are read first, and shared elsewhere', () => {
    const { boxes } = picture('shared = Basic(2) y = image -> shared -> shared');
    const labels = allBoxes(boxes).flatMap(({ id, label }) => (id.includes('conv2') ? [label[1]] : []));
    expect(labels).toEqual(['2x8x8 · 38 params', '2x8x8 · shared params']);
    const closed = closeBlocks(picture('y = image -> repeat(3) Basic(2)'), new Set(['block:y.0']));
    expect(closed.boxes[2]!.label.slice(2)).toEqual(['4 layers each', '2x8x8 · 228 params']);
  });
});

describe('an end', () => {
  it('is read through what is no layer', () => {
    const { training } = elaborated(`network Two {
      input left: [1, 4, 4]
      input right: [1, 4, 4]
      target wanted: [2]
      y = concat(left, right) -> flatten -> dense(2)
      loss mse(y, wanted)
      output y
      output twice = 2 * y
    }`);
    const found = pictureOf(training);
    expect(flows(found)).toEqual([
      'input:left > y.concat',
      'input:right > y.concat',
      'y.concat > y.flatten',
      'y.flatten > y',
      'y > twice',
      'y > loss:loss',
      'target:wanted > loss:loss',
    ]);
  });

  it('is drawn of a network without a loss', () => {
    const { training } = elaborated('network Bare { input x: [1, 4, 4] y = x -> conv(1, 3x3) output y }');
    expect(flows(pictureOf(training))).toEqual(['input:x > y']);
  });
});

describe('texts', () => {
  const small = picture('y = image -> Basic(2) -> repeat(2) Basic(2)');
  const closed = closeBlocks(small, new Set(blocksBelow(small.boxes, 0)));

  it('for Graphviz have a cluster for each open block', () => {
    expect(dotText(small)).toContain('subgraph cluster_n2 {\n    label="y … y.1: Basic × 3";');
    expect(dotText(closed)).toContain('n2 [label="y … y.1 × 3\\nBasic\\n4 layers each\\n2x8x8 · 228 params"];');
  });

  it('for Mermaid have a subgraph for each open block', () => {
    expect(mermaidText(small)).toContain('  subgraph n2 ["y … y.1: Basic × 3"]\n    n3["main.conv 3x3 same<br>');
    expect(mermaidText(closed).split('\n')[1]).toBe('  n0(["image<br>2x8x8"])');
  });
});
