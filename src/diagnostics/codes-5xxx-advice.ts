import type { CatalogueEntry } from './catalogue-entry.ts';

/** Advice about the design of a network. */
export const adviceCodes = {} as const satisfies Record<`CNN5${string}`, CatalogueEntry>;
