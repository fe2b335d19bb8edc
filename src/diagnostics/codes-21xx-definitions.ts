import type { CatalogueEntry } from './catalogue-entry.ts';

/** Functions, operators and imports: what a program adds to the language. */
export const definitionCodes = {
  CNN2100: {
    severity: 'error',
    title: 'malformed formula',
    explanation:
      'The body of a `fn` is made of its parameters, numbers, arithmetic, pointwise functions and `if` with comparisons; that of an `op` also of accesses and of sums and maxima over axes. Layers, pipelines, lists and texts have no place in it: every element is computed from elements.',
    wrong: 'fn twice(x) = x -> relu\ny = twice(image)',
    right: 'fn twice(x) = 2 * relu(x)\ny = twice(image)',
  },
  CNN2101: {
    severity: 'error',
    title: 'function that calls itself',
    explanation:
      'A function is replaced by its body wherever it is used, so that it can be differentiated. A function that calls itself, directly or through another, would never be written out.',
    wrong: 'fn f(x) = x * f(x - 1)\ny = f(image)',
    right: 'fn f(x) = x * (x - 1)\ny = f(image)',
  },
} as const satisfies Record<`CNN21${string}`, CatalogueEntry>;
