/** @file How many images there are of each class, and whether some classes have many more than others. */
import type { AnySplit, Dataset, TargetPort } from '../../data/dataset.ts';

export interface ClassCounts {
  readonly names: readonly string[];
  readonly train: readonly number[];
  readonly test: readonly number[];
}

type Targets = Readonly<Record<string, TargetPort>>;

/** Class numbers, one for each image: of the only target of classes, or what looks like them without a network. */
function classNumbers({ labels, count }: AnySplit, targets: Targets | undefined): ArrayLike<number> | undefined {
  const named = ArrayBuffer.isView(labels) ? { '': labels } : (labels ?? {});
  const [first, second] = Object.entries(targets ?? { '': { classes: 1 } });
  if (!first || second || !first[1].classes || first[1].shape?.length) return undefined;
  const values = named[first[0]] ?? Object.values(named)[0];
  return values?.length === count && values.every((value) => Number.isInteger(value) && value >= 0)
    ? values
    : undefined;
}

/** Without a network, numbers beyond that are no classes. */
const MOST_CLASSES = 10_000;

export function countClasses(data: Dataset<AnySplit>, targets: Targets | undefined): ClassCounts | undefined {
  const parts = [data.train, data.test].map((part) => classNumbers(part, targets));
  const [train, test] = parts;
  if (!train || !test) return undefined;
  let classes = data.classes?.length ?? 0;
  for (const part of [train, test]) for (let n = 0; n < part.length; n++) classes = Math.max(classes, part[n]! + 1);
  if (classes > MOST_CLASSES) return undefined;
  const count = (part: ArrayLike<number>) => {
    const counts = new Array<number>(classes).fill(0);
    for (let n = 0; n < part.length; n++) counts[part[n]!]!++;
    return counts;
  };
  return {
    names: Array.from({ length: classes }, (_, k) => data.classes?.[k] ?? `${k}`),
    train: count(train),
    test: count(test),
  };
}

/** From here on a word is said about it. */
const UNEVEN = 1.5;

/** How uneven the classes are, and what guessing achieves: empty where they are about even. */
export function describeImbalance({ names, train }: ClassCounts): string {
  const [most, least] = [Math.max(...train), Math.min(...train)];
  const all = train.reduce((sum, count) => sum + count, 0);
  if (train.length < 2 || most < UNEVEN * least) return '';
  const [largest, smallest] = [train.indexOf(most), train.indexOf(least)].map((k) => names[k]!);
  const times = least > 0 ? `${(most / least).toFixed(1)} times as many as` : 'and there are none of';
  return `classes are uneven: ${most} of ${largest}, ${times} ${smallest}; guessing ${largest} every time is right for ${((100 * most) / all).toFixed(1)} %`;
}
