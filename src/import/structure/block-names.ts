/** @file What blocks are called: as the model calls the places where they stand, else after what they do. */
import { findOperator } from '../../ops/registry.ts';
import { type Block, type Body, isPart, type Part } from './parts.ts';

export function blockName(block: Block): string {
  const place = block.path?.split('.').at(-1) ?? '';
  const stem = place.replace(/_*\d+[a-z]?$/i, '');
  const word = stem === '' || findOperator(stem.toLowerCase()) ? kindOf(block.body) : stem;
  return word.replace(/(^|_+)([a-z])/gi, (_, __, letter: string) => letter.toUpperCase());
}

function kindOf({ parts, inputs, results, adds }: Body): string {
  if (adds) return 'Residual';
  const join = beforeActivations(results[0]!);
  const has = (word: string) => parts.some((part) => part.word === word);
  if (join.word === '+' && join.operands.includes(inputs[0]!)) return 'Residual';
  if (join.word === '+') return 'Projected';
  if (join.word === 'concat') return join.operands.includes(inputs[0]!) ? 'Dense' : 'Branches';
  if (join.word === '*') return 'Gated';
  if (has('depthwise')) return 'Separable';
  if (parts.some(({ call }) => call)) return 'Stage';
  return has('conv') && has('batchnorm') ? 'ConvNorm' : 'Unit';
}

/** What joins branches, before functions of each number by itself. */
function beforeActivations(part: Part): Part {
  const [before] = part.operands;
  const plain = part.form === 'stage' && part.label === '' && before !== undefined && isPart(before);
  return plain ? beforeActivations(before) : part;
}
