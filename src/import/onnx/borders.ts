/** @file `Pad`: as a layer where maps grow or shrink by zeros or pixels, else as reading beyond. */

import { named, numberText, sidesText } from '../texts.ts';
import { refuse, type Step, uniform } from '../values.ts';
import { readAt } from './formulas.ts';
import type { NodeReader } from './node-reader.ts';

const WORDS: Readonly<Record<string, string>> = {
  constant: 'zeros',
  reflect: 'reflect',
  edge: 'replicate',
  wrap: 'circular',
};

export function border(reader: NodeReader): Step {
  const x = reader.feature(0);
  const [before, behind] = sidesOf(reader, x);
  const shape = x.shape.map((size, d) => size + before[d]! + behind[d]!);
  if (shape.some((size) => size < 1)) refuse('nothing is left');
  const sides = [...before, ...behind];
  if (sides.every((side) => side === 0)) return x;
  const isMap = reader.leading === 1 && [2, 3].includes(x.shape.length) && before[0] === 0 && behind[0] === 0;
  const ofMap = isMap ? [...before.slice(1), ...behind.slice(1)] : [];
  if (isMap && sides.every((side) => side <= 0))
    return reader.stage('crop', x, shape, { arguments: [sidesText(ofMap.map((side) => -side))] });
  const mode = reader.text('mode', 'constant');
  const fill = (reader.constant(2) ? uniform(reader.needed(2)) : undefined) ?? reader.float('value', 0);
  const word = WORDS[mode] ?? refuse(`mode \`${mode}\``);
  const zeros = mode === 'constant' && fill === 0;
  if (isMap && sides.every((side) => side >= 0) && (zeros || mode !== 'constant'))
    return reader.stage('pad', x, shape, { arguments: [sidesText(ofMap), named('mode', word, 'zeros')] });
  if (mode !== 'constant') refuse(`mode \`${mode}\` along channels, or with sides that are cut`);
  if (Math.abs(fill) > 1e4) refuse(`its border is ${numberText(fill)}`);
  const places = shape.map((size, d) => ({ from: -before[d]!, step: 1, size }));
  if (fill === 0) return readAt(reader, 'padded', x, places);
  // Beyond lies 0: what flows in is shifted, so that 0 is the border.
  const padded = readAt(reader, 'padded', reader.infix(x, '-', fill, x.shape), places);
  return reader.infix(padded, '+', fill, shape);
}

function sidesOf(reader: NodeReader, x: Step): readonly [before: number[], behind: number[]] {
  const { leading } = reader;
  const rank = x.shape.length + leading;
  const given = reader.list(1, 'pads') ?? reader.ints('paddings') ?? refuse('its sides are missing');
  const axes = reader.constant(3)
    ? Array.from(reader.needed(3).data, (axis) => (axis < 0 ? axis + rank : axis))
    : Array.from({ length: rank }, (_, k) => k);
  if (given.length !== 2 * axes.length) refuse('its sides do not fit');
  const side = (axis: number, behind: number) => {
    const place = axes.indexOf(axis);
    return place < 0 ? 0 : given[place + behind * axes.length]!;
  };
  const all = [0, 1].map((behind) => Array.from({ length: rank }, (_, axis) => side(axis, behind)));
  if (leading === 1 && all.some(([images]) => images !== 0)) refuse('it pads images');
  const [before, behind] = all.map((list) => list.slice(leading));
  return [before!, behind!];
}
