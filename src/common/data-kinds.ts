/**
 * @file The kinds of data and the options of each, for `train` blocks and command lines alike: `csv:a.csv,label=last,header`
 * is `csv("a.csv", label: last, header)`. A place or value that has commas or quotation marks stands in quotation marks,
 * which are doubled within.
 */

export const dataKinds: Readonly<Record<string, readonly string[]>> = {
  digits: ['train', 'test', 'seed'],
  mnist: ['set', 'transpose'],
  cifar10: ['set'],
  cifar100: ['set'],
  images: ['resize', 'background', 'split', 'seed', 'cache'],
  npz: ['scale', 'layout', 'split', 'seed'],
  csv: ['label', 'header', 'noheader', 'scale', 'layout', 'test', 'split', 'seed'],
};

/** Options without a value. */
export const flags: readonly string[] = ['header', 'noheader', 'transpose'];

/** Whether a kind of data has an option; `scale_depth` is the scale of the input or target `depth` alone. */
export function hasOption(kind: string, name: string): boolean {
  const options = dataKinds[kind]!;
  return options.includes(name) || (name.startsWith('scale_') && options.includes('scale'));
}
