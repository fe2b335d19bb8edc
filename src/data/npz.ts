/**
 * @file NumPy's archives, or folders of `.npy` files: `x_train`, `y_train`, `x_test` and `y_test`, or `x` and `y` alone, of
 * which a part is held back. With several inputs or targets, their names stand in place of x and y.
 */

import { type Member, malformed, openArchive } from './archive.ts';
import {
  checkShape,
  type Dataset,
  type Labels,
  type NetworkPorts,
  type Pixels,
  type Split,
  showShape,
  sizeOf,
  type TargetPort,
} from './dataset.ts';
import type { Source } from './format.ts';
import { type Format, layout, scale, seed, split } from './format.ts';
import { arrange, type Layout, layoutOf } from './layout.ts';
import { type ArrayHeader, readElements, readHeader, reorder, stridesOf } from './npy.ts';
import { divideBy, type Numbers, scaleOf } from './scale.ts';
import { type Division, divide, divideRows } from './split.ts';
import { TrainerError } from './trainer-error.ts';

type Members = ReadonlyMap<string, Member>;

/** What one input or target is read from: an array for each part. */
interface PortArrays {
  /** The name that the network gives it, or else `x` or `y`. */
  readonly name: string;
  readonly headers: readonly ArrayHeader[];
}

interface Arrays {
  readonly inputs: readonly PortArrays[];
  readonly targets: readonly PortArrays[];
}

/** A single array is called `x` or `y`, or as the network calls it; of several, each has its name. */
function namesOf(ports: Readonly<Record<string, unknown>> | undefined, single: string): [string, string[]][] {
  const names = Object.keys(ports ?? { [single]: 0 });
  return names.map((name) => [name, names.length === 1 ? [...new Set([single, name])] : [name]]);
}

async function readHeaders(members: Members, path: string, network: NetworkPorts | undefined): Promise<Arrays> {
  const has = (name: string) => members.has(`${name}.npy`);
  const inputs = namesOf(network?.inputs, 'x');
  const targets = namesOf(network?.targets, 'y');
  const all = [...inputs, ...targets].flatMap(([, bases]) => bases);
  const parts = !all.some((base) => has(`${base}_train`)) && all.some(has) ? [''] : ['_train'];
  if (all.some((base) => has(`${base}_test`))) parts.push('_test');
  const read = async ([name, bases]: [string, string[]]) => {
    const headers: ArrayHeader[] = [];
    for (const part of parts) {
      const base = `${bases.find((candidate) => has(`${candidate}${part}`)) ?? bases[0]}${part}`;
      const member = members.get(`${base}.npy`);
      const listed = [...members.keys()].join(', ') || 'none';
      if (!member) throw malformed(path, `there is no array \`${base}\`; it has ${listed}`);
      headers.push(await readHeader(member, path, base));
    }
    return { name, headers };
  };
  const readAll = async (ports: [string, string[]][]) => {
    const found: PortArrays[] = [];
    for (const port of ports) found.push(await read(port));
    return found;
  };
  return { inputs: await readAll(inputs), targets: await readAll(targets) };
}

/** How many images each part has. CNN4144 where arrays contradict each other. */
function countsOf({ inputs, targets }: Arrays, path: string): number[] {
  return inputs[0]!.headers.map((first, part) => {
    const count = first.shape[0] ?? 0;
    for (const { headers } of [...inputs, ...targets]) {
      const { name, shape } = headers[part]!;
      if (count > 0 && shape[0] === count) continue;
      const what = targets.some((port) => port.headers === headers) ? 'labels' : 'images';
      const problem = `\`${path}\`: \`${first.name}\` has ${count} images, but \`${name}\` has ${shape[0] ?? 0} ${what}`;
      throw new TrainerError('CNN4144', problem, 'both arrays must describe the same images, at least one');
    }
    return count;
  });
}

/** The parts of one input, or of a target that is a map: channels first, bytes or floats. */
async function readImages(
  { name, headers }: PortArrays,
  wanted: readonly number[] | undefined,
  { place, options }: Source,
  said: string[],
): Promise<{ shape: readonly number[]; parts: Pixels[] }> {
  const [first, second] = headers.map(({ shape }) => shape.slice(1));
  if (second && second.join() !== first!.join()) {
    const problem = `\`${place}\`: test and training images differ in shape`;
    throw new TrainerError('CNN4144', problem, 'use arrays of one data set');
  }
  const layout: Layout = layoutOf(first!, wanted, `\`${headers[0]!.name}\``, options.layout);
  if (wanted) checkShape(layout.shape, wanted, `\`${headers[0]!.name}\` in \`${place}\``);
  if (layout.said) said.push(layout.said);
  const numbers: Numbers[] = [];
  for (const header of headers) {
    const { values, kind } = await readElements(header);
    numbers.push({
      where: `values of \`${header.name}\``,
      kind,
      values: arrange(values, header.shape, stridesOf(header), layout),
    });
  }
  const where = `values of \`${headers[0]!.name}\``;
  const scale = scaleOf(numbers, where, options[`scale_${name}`] ?? options.scale);
  said.push(scale.said);
  return { shape: layout.shape, parts: numbers.map(({ values }) => divideBy(values, scale.divisor)) };
}

/** Class numbers from one-hot rows. CNN4149 where a row is none. */
function classNumbers(values: Labels, classes: number, name: string, path: string): Labels {
  return Int32Array.from({ length: values.length / classes }, (_, n) => {
    const row = values.subarray(n * classes, (n + 1) * classes);
    const label = row.indexOf(1);
    if (label >= 0 && row.every((value, k) => value === Number(k === label))) return label;
    throw malformed(path, `\`${name}\` has ${classes} numbers for an image, of which not one is 1 and the others 0`);
  });
}

async function readLabels(
  { name, headers }: PortArrays,
  { classes, shape = [] }: TargetPort,
  source: Source,
  said: string[],
): Promise<Labels[]> {
  if (!classes && shape.length > 1) return (await readImages({ name, headers }, shape, source, said)).parts;
  const parts: Labels[] = [];
  for (const header of headers) {
    const { values } = await readElements(header);
    const inOrder = reorder(values, header.shape, stridesOf(header));
    const size = sizeOf(header.shape.slice(1));
    const oneHot = classes !== undefined && classes > 1 && size === classes && !shape.length;
    parts.push(oneHot ? classNumbers(inOrder, classes, header.name, source.place) : inOrder);
    if (oneHot && parts.length === 1)
      said.push(`\`${header.name}\` is one-hot: the places of the ones are the classes`);
    if (size === (oneHot ? size : sizeOf(shape)) || !source.network) continue;
    const problem = `\`${header.name}\` in \`${source.place}\` has ${showShape(header.shape.slice(1))} numbers for an image, but \`${name}\` takes ${classes ? `one of ${classes} classes` : showShape(shape)}`;
    throw new TrainerError('CNN4144', problem, 'write one number for each image, or the values of the target');
  }
  return parts;
}

/** Arrays by name, or the only one. */
function packed<Values>(
  names: readonly string[],
  values: readonly Values[],
): Values | Readonly<Record<string, Values>> {
  return names.length === 1 ? values[0]! : Object.fromEntries(names.map((name, i) => [name, values[i]!]));
}

/** `npz:FILE`. Throws CNN4141, CNN4143, CNN4144, CNN4145, CNN4149 to CNN4151. */
export async function readNpz(source: Source): Promise<Dataset> {
  const { place, shape, network, options } = source;
  const archive = await openArchive(place);
  const said: string[] = [];
  try {
    const arrays = await readHeaders(archive.members, place, network);
    const counts = countsOf(arrays, place);
    const images: { shape: readonly number[]; parts: Pixels[] }[] = [];
    for (const port of arrays.inputs)
      images.push(await readImages(port, network?.inputs[port.name] ?? shape, source, said));
    const labels: Labels[][] = [];
    for (const port of arrays.targets)
      labels.push(await readLabels(port, network?.targets[port.name] ?? {}, source, said));
    const single = labels.find(([values]) => values?.length === counts[0]);
    const division = counts.length > 1 ? undefined : divide(counts[0]!, single?.[0], options);
    if (division) said.push(division.said);
    const inputs = images.map(({ parts }) => partsOf(parts, counts[0]!, division));
    const targets = labels.map((parts) => partsOf(parts, counts[0]!, division));
    const split = (part: 0 | 1): Split => ({
      count: division ? division[part ? 'test' : 'train'].length : counts[part]!,
      images: packed(
        arrays.inputs.map(({ name }) => name),
        inputs.map((parts) => parts[part]!),
      ),
      labels: packed(
        arrays.targets.map(({ name }) => name),
        targets.map((parts) => parts[part]!),
      ),
    });
    const only = images.length === 1 ? { shape: images[0]!.shape } : {};
    return { train: split(0), test: split(1), ...only, decisions: said };
  } finally {
    await archive.close();
  }
}

function partsOf<Values extends Pixels | Labels>(
  parts: Values[],
  count: number,
  division: Division | undefined,
): Values[] {
  return division ? divideRows(parts[0]!, parts[0]!.length / count, division) : parts;
}

export const npz: Format<Split> = {
  name: 'npz',
  place: 'FILE',
  summary: 'NumPy arrays `x_train`, `y_train`, `x_test`, `y_test`, or by name: `left_train`',
  options: [scale, layout, split, seed],
  read: readNpz,
};
