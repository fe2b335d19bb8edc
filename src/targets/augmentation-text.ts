/** @file What the module and its workers carry to change training images at random. */
import { augmentationSources, augmentSource } from 'cnnc:runtime';
import type { TrainSettings } from '../semantics/model.ts';

/** The texts, and the expression for what stages an image; nothing where images stay as they are. */
export function augmentationText({ steps }: TrainSettings['augment']): { source: string; stage: string } | undefined {
  if (steps.length === 0) return undefined;
  const kinds = [...new Set(steps.map(({ kind }) => kind))];
  const effects = kinds.map((kind) => `${kind}: ${augmentationSources[kind]}`);
  return { source: augmentSource, stage: `cnncAugment.augmenter({ ${effects.join(', ')} })` };
}
