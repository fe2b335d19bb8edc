/** @file What `--watch` records of the layers, and what of it looks wrong. */

import type { LogRow, WatchedLayer } from '../runtime/run-log.ts';

export interface WatchRow extends LogRow {
  readonly kind: 'watch';
  readonly layers: Readonly<Record<string, WatchedLayer>>;
}

/** From which share of dead units or saturated values on, and for which update, it is told. */
const MANY_DEAD = 0.5;
const MANY_SATURATED = 0.5;
const LARGE_UPDATE = 0.1;
/** Later than this a large update is no beginning any more. */
const FIRST_STEPS = 30;

export interface WatchWarning {
  /** The layer and what is wrong with it: told once. */
  readonly key: string;
  readonly text: string;
}

/** `feeders`: the layer with weights that an activation gets its values from. */
export function watchWarnings(
  { layers, step }: Pick<WatchRow, 'layers' | 'step'>,
  feeders: Readonly<Record<string, string>> = {},
): WatchWarning[] {
  return Object.entries(layers).flatMap(([name, { dead = 0, saturated = 0, gradient, weight, update = 0 }]) => {
    const blamed = feeders[name] ?? name;
    const found: WatchWarning[] = [];
    const tell = (what: string, text: string) =>
      void found.push({ key: `${name}: ${what}`, text: `${blamed}: ${text}` });
    if (dead >= MANY_DEAD) tell('dead', `${percent(dead)} of its units are dead, 0 for every image`);
    if (saturated >= MANY_SATURATED)
      tell('saturated', `${percent(saturated)} of its values are saturated, where the slope is almost 0`);
    if (gradient === 0 && weight) tell('gradient', 'no gradient reaches its weights');
    if (update > LARGE_UPDATE && step > FIRST_STEPS)
      tell(
        'update',
        `a step changes its weights by ${percent(update)} of their norm; the learning rate may be too high`,
      );
    return found;
  });
}

function percent(share: number): string {
  return `${Math.floor(100 * share)} %`;
}
