import type { CatalogueEntry } from './catalogue-entry.ts';

/** Interchange with other tools: 4300 to 4399. */
export const exchangeCodes = {
  CNN4301: {
    severity: 'error',
    title: 'cannot be written for another tool',
    explanation:
      'The network, or a word of its `train` block, has no counterpart in the tool that `export --to` names. The message names what it is, and why. Nothing was written.',
    wrong: 'cnnc export net.cnn --to pytorch -o net.py',
    right: 'cnnc build net.cnn -o net.js',
  },
} as const satisfies Record<`CNN43${string}`, CatalogueEntry>;
