/** @file A format of training data as a word of the `train` block. */
import type { Format } from '../data/format.ts';
import { type Attribute, boolean, optional, text } from '../specs/attributes.ts';
import type { Word } from './word.ts';

export function formatWord({ name, place, summary, options }: Format): Word {
  const example = place ? `data ${name}("data/${place === 'DIR' ? name : `table.${name}`}")` : `data ${name}`;
  const attributes = options.map((option): [string, Attribute] => [
    option.name,
    option.takes ? optional(text({ doc: option.doc })) : boolean({ doc: option.doc, default: false }),
  ]);
  return { name, summary, example, attributes: Object.fromEntries(attributes) };
}
