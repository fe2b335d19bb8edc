import type { CatalogueEntry } from './catalogue-entry.ts';

/** Names, attributes and their values. */
export const nameCodes = {} as const satisfies Record<`CNN2${string}`, CatalogueEntry>;
