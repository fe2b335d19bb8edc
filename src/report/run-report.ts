/** @file Everything that the page of a run shows, as plain data. */
import type { Summary } from '../analysis/summary.ts';
import type { LogRow } from '../runtime/run-log.ts';
import type { DrawnPlanes } from './bytes.ts';
import type { ClassFigures } from './class-figures.ts';

export interface RunReport {
  readonly network: string;
  /** What was trained on, and where the run is. */
  readonly data: string;
  readonly place: string;
  readonly facts: readonly (readonly [title: string, text: string])[];
  readonly rows: readonly LogRow[];
  /** Sentences about what looks wrong. */
  readonly warnings: readonly string[];
  readonly summary: Summary;
  readonly sources: readonly { readonly file: string; readonly text: string }[];
  /** What the best weights do; absent while training goes on, and where there are no images but those learnt from. */
  readonly examined?: Examined;
}

export type ExampleKind = 'picture' | 'signal' | 'example';

/** What the script of the page draws. */
export interface Examined {
  /** Which images were looked at: `200 test images`. */
  readonly images: string;
  /** What one of them is; what is neither a picture nor a signal is not drawn. */
  readonly kind: ExampleKind;
  readonly figures?: ClassFigures;
  readonly confusion?: ConfusionTable;
  readonly mistakes: Mistakes;
  /** Each once. */
  readonly pictures: readonly ShownPicture[];
  readonly filters?: DrawnFilters;
  readonly insides: readonly PictureInside[];
}

/** Only of few classes; of more the largest confusions are listed alone. */
export interface ConfusionTable {
  readonly names: readonly string[];
  readonly counts: readonly (readonly number[])[];
  /** Some of the pictures of a cell, by `row,column`. */
  readonly pictures: Readonly<Record<string, readonly number[]>>;
}

export interface Mistakes {
  /** How they were found. */
  readonly about: string;
  readonly pictures: readonly { readonly picture: number; readonly text: string }[];
}

export interface ShownPicture {
  /** In its set. */
  readonly number: number;
  readonly kind: ExampleKind;
  /** Where it has its own. */
  readonly file?: string;
  /** What the network makes of it; empty where there is nothing to tell. */
  readonly text: string;
  /** Absent for examples that are no pictures. */
  readonly drawn?: DrawnPlanes;
}

export interface DrawnFilters extends DrawnPlanes {
  readonly layer: string;
  /** Planes of one filter: 3 are drawn in colours. */
  readonly each: number;
  readonly filters: number;
}

export interface PictureInside {
  readonly picture: number;
  readonly large?: DrawnPlanes;
  readonly saliency?: DrawnPlanes;
  readonly layers: readonly (DrawnPlanes & {
    readonly layer: string;
    readonly operator: string;
    readonly channels: number;
  })[];
}
