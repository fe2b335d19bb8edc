/** @file What changes training images goes to the workers of a module, too, where the module's own runtime is not. */
import { expect, it } from 'vitest';
import { augmentationParts } from '../../src/targets/augmentation-text.ts';
import { choose } from '../../src/training/word.ts';
import { AUGMENTATIONS } from '../../src/training/words.ts';

it.each(AUGMENTATIONS.map((word) => [word.name, word] as const))('%s names nothing of the runtime', (_, word) => {
  const chosen = choose(word, {} as never);
  const isMix = word.effect.mix !== undefined;
  const parts = augmentationParts(
    isMix ? { steps: [], mix: { words: [chosen], size: { height: 4, width: 4 } } } : { steps: [chosen] },
  );
  expect(parts).toHaveLength(1);
  for (const { source, value } of parts) expect(`${source}${value}`).not.toContain('cnncRuntime');
});
