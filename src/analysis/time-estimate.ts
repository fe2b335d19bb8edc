/** @file What a network is estimated to take on a machine that was measured. Milliseconds. */

export interface LayerTime {
  readonly forward: number;
  readonly backward: number;
  readonly update: number;
}

export interface StepTime extends LayerTime {
  /** Writing the images, and all that is done once a step. */
  readonly host: number;
  readonly total: number;
}

export interface TimeEstimate {
  readonly target: string;
  readonly threads: number;
  /** Images a step. */
  readonly batch: number;
  /** A whole one; absent without a loss. */
  readonly step?: StepTime;
  /** Of one image, in batches. */
  readonly predict: number;
  readonly evaluate?: number;
  /** Of a step, by the name of the layer. */
  readonly layers: ReadonlyMap<string, LayerTime>;
}

export function sumOfTimes(times: readonly (LayerTime | undefined)[]): LayerTime | undefined {
  const given = times.filter((time) => time !== undefined);
  if (given.length === 0) return undefined;
  const sum = (stage: keyof LayerTime) => given.reduce((all, time) => all + time[stage], 0);
  return { forward: sum('forward'), backward: sum('backward'), update: sum('update') };
}

/** As people read it. */
export function durationText(milliseconds: number): string {
  if (milliseconds === 0) return '0';
  const [amount, unit] =
    milliseconds < 0.1
      ? [milliseconds * 1000, 'µs']
      : milliseconds < 1000
        ? [milliseconds, 'ms']
        : milliseconds < 120_000
          ? [milliseconds / 1000, 's']
          : [milliseconds / 60_000, 'min'];
  return `${amount >= 100 ? amount.toFixed(0) : amount.toPrecision(amount < 1 ? 2 : 3)} ${unit}`;
}
