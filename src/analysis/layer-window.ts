/** @file The window of a layer, and how it moves: `7x7 /2 p3`, as papers write it. */

import { findOperator } from '../ops/registry.ts';
import type { AttributeValues, Sizes } from '../specs/attributes.ts';

export interface LayerWindow {
  readonly kernel: string;
  readonly stride: string;
  readonly dilation: string;
  readonly groups: string;
  readonly pad: string;
}

/** Texts, empty for what the operator does not have. */
export function layerWindow(operator: string, attributes: AttributeValues): LayerWindow {
  const text = (name: string) => sizeText(attributes[name] as number | string | readonly number[] | undefined);
  const kernel = text('kernel');
  // Pooling moves by its kernel where nothing else is said.
  const moves = findOperator(operator)?.attributes.some(({ name }) => name === 'stride') ?? false;
  const stride = text('stride') || (moves ? kernel : '');
  return { kernel, stride, dilation: text('dilation'), groups: text('groups'), pad: padText(attributes.pad) };
}

/** `conv 3x3 /2 p1 d2 g32`: the stride, the padding, the dilation and the groups, where they are not the plain ones. */
export function operatorText(operator: string, attributes: AttributeValues): string {
  const { kernel, stride, dilation, groups, pad } = layerWindow(operator, attributes);
  const { factor } = attributes;
  const marked = (mark: string, text: string) => (['', '1x1', '1'].includes(text) ? '' : `${mark}${short(text)}`);
  const isNone = ['', 'valid', '0'].includes(pad);
  const padding = isNone ? '' : /^\d/.test(pad) ? `p${pad}` : pad;
  const parts = [kernel, marked('/', stride), padding, marked('d', dilation), marked('g', groups)];
  return [operator, factor === undefined ? '' : `x${short(sizeText(factor as Sizes))}`, ...parts]
    .filter((part) => part !== '')
    .join(' ');
}

function sizeText(value: number | string | readonly number[] | undefined): string {
  if (value === undefined) return '';
  return Array.isArray(value) ? value.join('x') : `${value}`;
}

/** `[top, left, bottom, right]` as one number or a pair where that says it, `[left, right]` as one. */
function padText(pad: AttributeValues[string]): string {
  if (!Array.isArray(pad)) return pad === undefined ? '' : `${pad}`;
  const [before, after] = [pad.slice(0, pad.length / 2), pad.slice(pad.length / 2)] as Sizes[];
  return before!.join() === after!.join() ? short(before!.join('x')) : pad.join(',');
}

/** `2x2` as `2`. */
function short(size: string): string {
  const [first, second, ...more] = size.split('x');
  return first === second && more.length === 0 ? first : size;
}
