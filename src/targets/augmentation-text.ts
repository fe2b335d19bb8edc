/** @file What the module and its workers carry to change training images at random. */
import { augmentationSources, augmentSource, mixSource, retouchSource } from 'cnnc:runtime';
import type { TrainSettings } from '../semantics/model.ts';
import type { Chosen } from '../training/word.ts';
import { AUGMENTATIONS } from '../training/words.ts';

/** A part of the runtime: its text, its name among the parts, and the expression that it is. */
export interface AugmentationPart {
  readonly source: string;
  readonly name: 'stageAugmented' | 'stageMixed';
  readonly value: string;
}

/** What changes images one by one, and what mixes them; nothing where images stay as they are. */
export function augmentationParts({ steps, mix }: TrainSettings['augment']): AugmentationPart[] {
  const parts: AugmentationPart[] = [];
  const isPlain = steps.every(({ kind, border }) => border !== 'reflect' && moves(kind));
  if (steps.length > 0)
    parts.push({
      source: isPlain ? augmentSource : retouchSource,
      name: 'stageAugmented',
      value: `${isPlain ? 'cnncAugment.augmenter' : 'cnncRetouch.retoucher'}(${effectsOf(steps)})`,
    });
  if (mix) parts.push({ source: mixSource, name: 'stageMixed', value: `cnncMix.mixer(${effectsOf(mix.words)})` });
  return parts;
}

function effectsOf(words: readonly Chosen[]): string {
  const kinds = [...new Set(words.map(({ kind }) => kind))];
  return `{ ${kinds.map((kind) => `${kind}: ${augmentationSources[kind]}`).join(', ')} }`;
}

/** Whether a word does nothing but move pixels. */
function moves(kind: string): boolean {
  return AUGMENTATIONS.find(({ name }) => name === kind)!.effect.place !== undefined;
}
