/**
 * @file What the types of a trainer module say of its network, as wide as it must be for all networks. The declarations of
 * a module have the same names for what its own network takes and gives (`module/print-declarations.ts`).
 */
import type { Labels as LabelArray, Pixels } from '../data/dataset.ts';
import type { Picture } from '../data/image-types.ts';
import type { NetworkDescription } from './executable.ts';

export type ParameterName = string;
export type OutputName = string;
export type Network = NetworkDescription;

export type ImageArray = Pixels | Picture | readonly Picture[];

/** A network with one input takes the array itself, another takes one for each name; so it is with targets. */
export type Images = ImageArray | Readonly<Record<string, ImageArray>>;
export type Labels = LabelArray | Readonly<Record<string, LabelArray>>;

/** What has labels, but of a network without targets. */
export interface Labelled {
  readonly labels?: Labels | undefined;
}

/** Users of a module await it: other targets may answer later. */
export type Answer<Value> = Value;

/** Declarations say it in words of TypeScript before 5.7 too. */
export type Bytes = Uint8Array<ArrayBuffer>;
