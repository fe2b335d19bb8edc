/** @file What a format of training data is. Modules carry these records with their readers, without the documentation. */
import type { AnySplit, Dataset, NetworkPorts, Split } from './dataset.ts';

import type { TrainerError } from './trainer-error.ts';

/** `csv:a.csv,label=last`, taken apart. */
export interface Specification {
  readonly text: string;
  readonly kind: string;
  /** A file or folder; empty where the kind needs none. */
  readonly place: string;
  readonly options: Readonly<Record<string, string>>;
}

export interface LoadOptions {
  /** `[C, H, W]` of the network's input: settles the shape of flat data, and CNN4145 for any other. */
  readonly shape?: readonly number[];
  /** Inputs with their shapes and targets, for networks that may have several. */
  readonly network?: NetworkPorts;
  /** Pictures that cannot be decoded are left out, instead of ending everything. */
  readonly skipBad?: boolean;
  /** Called for each that is left out when it is found. */
  readonly onSkip?: (error: TrainerError) => void;
  /** How many of how many pictures have been read. */
  readonly onRead?: (read: number, all: number) => void;
}

/** What a reader is to read, and for whom. */
export interface Source extends Specification, LoadOptions {}

export type Reader<Part extends AnySplit = Split> = (source: Source) => Promise<Dataset<Part>> | Dataset<Part>;

export interface FormatOption {
  readonly name: string;
  /** What stands behind `=`; an option without is a word alone. */
  readonly takes?: string;
  /** `NAME_INPUT=` says it of one input or target alone. */
  readonly forEach?: 'input';
  readonly doc: string;
}

/** Of one set of images, or a family. */
export interface Known {
  /** Where its files are to be had: a sentence without its full stop. */
  readonly from?: string;
  /** 0: whatever the files hold. */
  readonly shape?: readonly number[];
  readonly classes?: number;
  /** The usual setting, of pictures whose means are known. */
  readonly normalize?: string;
  /** Characters, which mean something else when they are mirrored. */
  readonly characters?: true;
}

export interface Format<Part extends AnySplit = AnySplit> {
  readonly name: string;
  /** Where the data are; absent where they need no place, and the first option may stand without its name. */
  readonly place?: 'DIR' | 'FILE';
  readonly summary: string;
  readonly options: readonly FormatOption[];
  /** Absent where a module has no reader, as that needs a package: the command line brings it. */
  readonly read?: Reader<Part>;
  /** What is known without reading the files. */
  readonly known?: Known;
}

/** Options that several formats share. */
export const split: FormatOption = { name: 'split', takes: '20%', doc: 'part held back for the test if there is none' };
export const seed: FormatOption = { name: 'seed', takes: 'N', doc: 'seed of what is held back or drawn (1)' };
export const set: FormatOption = { name: 'set', takes: 'NAME', doc: 'which of several sets: a part of the file names' };
export const layout: FormatOption = { name: 'layout', takes: 'nhwc', doc: 'channels last; `nchw`: first' };
export const scale: FormatOption = {
  name: 'scale',
  takes: 'N',
  forEach: 'input',
  doc: 'divide numbers by N; `scale_NAME=N` for one input',
};
