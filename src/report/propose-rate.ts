/** @file What learning rate the curve of a range test speaks for. */

interface RatePoint {
  readonly rate: number;
  readonly loss: number;
}

export interface SmoothPoint extends RatePoint {
  /** Of the neighbours in both directions, so that nothing lies later than it happened. */
  readonly smooth: number;
}

export interface RateProposal {
  /** To two digits. */
  readonly rate: number;
  /** Where the smooth loss falls fastest over the logarithm of the rate. */
  readonly steepest: number;
  /** Where it is lowest. */
  readonly lowest: number;
}

/** What the page tells. */
export interface RateReport {
  readonly network: string;
  readonly data: string;
  readonly points: readonly SmoothPoint[];
  readonly proposal?: RateProposal;
  /** In words. */
  readonly text: readonly string[];
}

/** The width of the mean, as a part of the range: a twentieth of an order of magnitude is noise, half of one is not. */
const WIDTH = 1 / 40;

/** Losses far above those of the first steps count as twice these: a few of them would hide all else. */
export function smoothed(points: readonly RatePoint[]): SmoothPoint[] {
  const deviation = Math.max(1, points.length * WIDTH);
  const first = points.slice(0, 10);
  const start = first.reduce((sum, { loss }) => sum + loss, 0) / first.length;
  const cap = start + Math.abs(start);
  return points.map((point, k) => {
    let [sum, weights] = [0, 0];
    for (const [n, { loss }] of points.entries()) {
      const weight = Math.exp(-0.5 * ((n - k) / deviation) ** 2);
      sum += weight * Math.min(loss, cap);
      weights += weight;
    }
    return { ...point, smooth: sum / weights };
  });
}

/** A fall of the loss by less than this part is none. */
const LEAST_FALL = 0.02;

/**
 * Nothing where the loss does not fall. Two choices are usual: where the loss falls fastest, and a tenth of the rate where it
 * is lowest. Either may be far too small: a network whose scores are large at first falls fastest while they shrink. So the
 * larger one is taken, and no more than half of the rate where the loss is lowest, since there it is about to rise.
 */
export function proposeRate(points: readonly SmoothPoint[]): RateProposal | undefined {
  const losses = points.map(({ smooth }) => smooth);
  const bottom = losses.indexOf(Math.min(...losses));
  if (bottom < 2 || losses[0]! - losses[bottom]! < LEAST_FALL * Math.abs(losses[0]!)) return undefined;
  const slope = (k: number) => (losses[k + 1]! - losses[k - 1]!) / Math.log(points[k + 1]!.rate / points[k - 1]!.rate);
  let steep = 1;
  for (let k = 1; k < bottom; k++) if (slope(k) < slope(steep)) steep = k;
  const [steepest, lowest] = [points[steep]!.rate, points[bottom]!.rate];
  const rate = Math.min(Math.max(steepest, lowest / 10), lowest / 2);
  return { rate: Number(rate.toPrecision(2)), steepest, lowest };
}
