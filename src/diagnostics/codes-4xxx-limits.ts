import type { CatalogueEntry } from './catalogue-entry.ts';

/** Limits, numerics and data. */
export const limitCodes = {} as const satisfies Record<`CNN4${string}`, CatalogueEntry>;
