/** @file The formats of training data, as they are listed. A format is a file, with its reader, and its line here. */
import { cifar10, cifar100 } from './cifar.ts';
import { csv } from './csv.ts';
import { digits } from './digits.ts';
import type { Format } from './format.ts';
import { mnist } from './idx.ts';
import { npz } from './npz.ts';
import { images } from './pictures.ts';

export const FORMATS: readonly Format[] = [digits, images, mnist, cifar10, cifar100, csv, npz];

export function formatNamed(name: string): Format | undefined {
  return FORMATS.find((one) => one.name === name);
}

/** The format that a specification begins with: `csv` of `csv:a.csv,header`. */
export function formatOf(specification: string): Format | undefined {
  return formatNamed(/^\s*(\w*)/.exec(specification)![1]!);
}

/** `csv:FILE`. */
export function specificationOf({ name, place }: Format): string {
  return place ? `${name}:${place}` : name;
}

/** The option of this name, which may be about one input: `scale_depth`. */
export function optionOf({ options }: Format, name: string) {
  return options.find((one) => one.name === name || (one.forEach && name.startsWith(`${one.name}_`)));
}
