/** @file What the module and its workers carry to change training images at random. */
import { augmentationSources, augmentSource, retouchSource } from 'cnnc:runtime';
import type { TrainSettings } from '../semantics/model.ts';
import { AUGMENTATIONS } from '../training/words.ts';

/** The texts, and the expression for what stages an image; nothing where images stay as they are. */
export function augmentationText({ steps }: TrainSettings['augment']): { source: string; stage: string } | undefined {
  if (steps.length === 0) return undefined;
  const kinds = [...new Set(steps.map(({ kind }) => kind))];
  const effects = kinds.map((kind) => `${kind}: ${augmentationSources[kind]}`);
  const table = `{ ${effects.join(', ')} }`;
  const isPlain = steps.every(({ kind, border }) => border !== 'reflect' && moves(kind));
  if (isPlain) return { source: augmentSource, stage: `cnncAugment.augmenter(${table})` };
  return { source: retouchSource, stage: `cnncRetouch.retoucher(${table})` };
}

/** Whether a word does nothing but move pixels. */
function moves(kind: string): boolean {
  return AUGMENTATIONS.find(({ name }) => name === kind)!.effect.place !== undefined;
}
