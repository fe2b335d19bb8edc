import { choice, integer } from '../../specs/attributes.ts';
import type { Word } from '../word.ts';

const attributes = {
  patience: integer({
    doc: 'epochs without a lower loss that are let pass',
    minimum: 1,
    unit: 'epochs',
    // The lowest loss comes before them.
    goesOn: 1,
  }),
  watch: choice(['validation', 'test'], { doc: 'the images whose loss is watched', default: 'validation' }),
};

export const early: Word<typeof attributes> = {
  name: 'early',
  summary: 'Ends training when the watched loss has not fallen for `patience` epochs.',
  example: 'stop early(patience: 5)',
  attributes,
};
