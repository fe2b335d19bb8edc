/**
 * @file What a value of a graph is for: which layer asked for it, by which operator, and whether it belongs to the forward
 * or the backward direction. Readers ask the record; `describe` is the one place that makes text of it.
 */

export interface Origin {
  /** The layer, e.g. `stage1.0.main.conv`, or the parameter that is updated; empty for the loss and for sources. */
  readonly layer: string;
  /** `conv`; of a source what it provides, of an update the optimiser. */
  readonly operator: string;
  /** `winner`: the tap that a maximum found, which its gradient goes to. */
  readonly role: 'forward' | 'gradient' | 'winner' | 'update';
  /** One of several steps in which the operator is computed: `input in tiles`. */
  readonly part?: string;
}

/** What a value is for that was joined of others: each origin once, in the order of computation. */
export type Origins = readonly Origin[];

const PREFIXES = { forward: '', gradient: 'gradient of ', winner: 'winning tap of ', update: '' } as const;

function textOf({ operator, role, part }: Origin): string {
  return `${PREFIXES[role]}${operator}${part ? ` (${part})` : ''}`;
}

/** Whether the value is computed for this layer. */
export function isOfLayer(origins: Origins, layer: string): boolean {
  return origins.some((origin) => origin.layer === layer);
}

/** All layers, `conv1, relu1`. */
export function layersOf(origins: Origins): string {
  return [...new Set(origins.map(({ layer }) => layer))].filter(Boolean).join(', ');
}

/** What is computed for them: `gradient of conv + relu`. */
export function operationsText(origins: Origins): string {
  return [...new Set(origins.map(textOf))].join(' + ');
}

/** For the reader of dumps and of generated code: `conv1: gradient of conv`. */
export function describe(origins: Origins): string {
  return [layersOf(origins), operationsText(origins)].filter(Boolean).join(': ');
}

export function isBackward(origins: Origins): boolean {
  return origins.some(({ role }) => role === 'gradient' || role === 'winner');
}

export function joinOrigins(first: Origins, second: Origins): Origins {
  const known = (origin: Origin) => first.some((one) => one.layer === origin.layer && textOf(one) === textOf(origin));
  return [...first, ...second.filter((origin) => !known(origin))];
}
