/**
 * @file Sizes of the input at which every layer of a network works. They are found by trying: below the size in the file, a
 * window above it, and some far larger ones. What fits is usually every size from the smallest on, or every n-th.
 */

/** What became of the network at one size. */
export interface TriedSize {
  /** Why a layer fails; absent when all work. */
  readonly failure?: string;
  /** Whether all parameters have the shapes that they have at the size in the file. */
  readonly keepsParameters: boolean;
}

export interface FeasibleSizes {
  /** In the file. */
  readonly native: number;
  readonly smallest: number;
  /** Why the size below the smallest fails; absent if that is 1. */
  readonly below?: string;
  /** Sizes from one that works to the next, around the size in the file; 0: that one alone, null: there is no rule. */
  readonly step: number | null;
  /** What the size between two steps fails with. */
  readonly between?: string;
  /** The largest that was tried and works. */
  readonly largest: number;
  /** Why the next one fails; absent where nothing larger was tried. */
  readonly above?: string;
  /** Whether trained weights serve at the other sizes too. */
  readonly keepsParameters: boolean;
}

/** Sizes above the one in the file that are looked at one by one. */
const WINDOW = 64;
/** And times as large. */
const FACTORS = [2, 4, 8] as const;

/** `tryAt(native)` works. */
export function feasibleSizes(native: number, tryAt: (size: number) => TriedSize): FeasibleSizes {
  const known = new Map<number, TriedSize>();
  const at = (size: number) => {
    const found = known.get(size) ?? tryAt(size);
    known.set(size, found);
    return found;
  };
  const works = (size: number) => at(size).failure === undefined;
  let smallest = 1;
  while (!works(smallest)) smallest++;
  const step = stepFrom(native, smallest, works);
  const far = FACTORS.map((factor) => native + roundedUp((factor - 1) * native, step ?? 1));
  const tooLarge = step === 0 ? native + 1 : far.find((size) => !works(size));
  const largest = step === 0 ? native : Math.max(native, ...far.filter((size) => size < (tooLarge ?? size + 1)));
  const fitting = [...known].filter(([, { failure }]) => failure === undefined);
  return {
    native,
    smallest,
    ...(smallest > 1 && { below: at(smallest - 1).failure! }),
    step,
    ...(step !== null && step > 1 && { between: at(native + 1).failure! }),
    largest,
    ...(tooLarge !== undefined && { above: at(tooLarge).failure! }),
    keepsParameters: fitting.every(([, { keepsParameters }]) => keepsParameters),
  };
}

/** Null unless the sizes that work, from the smallest to the end of the window, are evenly spaced. */
function stepFrom(native: number, smallest: number, works: (size: number) => boolean): number | null {
  const fitting: number[] = [];
  for (let size = native; size <= native + WINDOW; size++) if (works(size)) fitting.push(size);
  if (fitting.length === 1) return smallest === native ? 0 : null;
  const step = fitting[1]! - native;
  const isEven = fitting.every((size, k) => size === native + k * step);
  return isEven && (native - smallest) % step === 0 ? step : null;
}

function roundedUp(size: number, step: number): number {
  return step === 0 ? size : Math.ceil(size / step) * step;
}
