import type { CatalogueEntry } from './catalogue-entry.ts';

/** Shapes that do not fit. */
export const shapeCodes = {} as const satisfies Record<`CNN3${string}`, CatalogueEntry>;
