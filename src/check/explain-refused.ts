/** @file Why a step was refused, in words: the value that was not finite first, and what the figures say about the cause. */
import type { Direction, StepTrace } from './find-not-finite.ts';

export interface RefusedFigures {
  readonly trace: StepTrace;
  /** Of the last step that was taken, or the one that was set. */
  readonly rate: number;
  /** Largest magnitudes of the weights by name. */
  readonly weights: ReadonlyMap<string, number>;
  /** The inputs have a `normalize`. */
  readonly normalized: boolean;
  readonly clipped: boolean;
}

export interface RefusedText {
  /** `the first of them is …`; empty where the replay found nothing. */
  readonly place: string;
  /** The likeliest first. */
  readonly causes: readonly string[];
}

/** Beyond these a figure speaks for a cause: trained weights and normalised inputs are a hundred times smaller. */
const [LARGE_INPUT, LARGE_WEIGHT] = [50, 100];
const LARGE_SCORE = 1e4;

/** Layers told of those through which values grow. */
const MOST_TOLD = 6;

const DIRECTIONS: Readonly<Record<Direction, string>> = {
  input: 'in the data',
  forward: 'forward',
  backward: 'backward',
  update: 'in the update',
};

export function explainRefused(figures: RefusedFigures): RefusedText {
  const found = figures.trace.notFinite;
  const where =
    found && (found.layer ? `layer \`${found.layer}\`` : found.direction === 'input' ? 'an input' : 'the loss');
  return {
    place: found
      ? `the first such value is \`${found.value}\`, ${DIRECTIONS[found.direction]}: ${where} (${found.operation.replace(/ =$/, '')})`
      : '',
    causes: [inputs(figures), rate(figures), slopes(figures)].filter((cause) => cause !== undefined),
  };
}

function largestOf(figures: ReadonlyMap<string, number>): readonly [string, number] {
  return [...figures].reduce((most, one) => (one[1] > most[1] ? one : most), ['', 0] as const);
}

function inputs({ trace, normalized }: RefusedFigures): string | undefined {
  if (trace.notFinite?.direction === 'input')
    return 'the data: an image or a target has NaN or infinity; `cnnc data` shows where values lie';
  const wide = [...trace.inputs].find(([, { least, most }]) => Math.max(-least, most) > LARGE_INPUT);
  if (!wide) return undefined;
  const [name, { least, most }] = wide;
  const mend = normalized ? 'their `normalize` may be wrong' : 'add a `normalize`, which `cnnc data` proposes';
  return `the data: values of \`${name}\` go from ${short(least)} to ${short(most)}; ${mend}`;
}

/** Weights that have grown, or values that grow from layer to layer. */
function rate(figures: RefusedFigures): string | undefined {
  const { trace, weights, rate: lr, clipped } = figures;
  const [name, weight] = largestOf(weights);
  const layers = [...trace.magnitudes];
  const score = layers.at(-1)?.[1] ?? 0;
  const direction = trace.notFinite?.direction;
  const grown = weight >= LARGE_WEIGHT || (score >= LARGE_SCORE && inputs(figures) === undefined);
  if (!grown && direction !== 'update') return undefined;
  const told = layers.slice(-MOST_TOLD).map(([layer, most]) => `${layer} ${short(most)}`);
  const clip = clipped ? '' : '; or limit the gradients with `clip norm`';
  return (
    `the learning rate, ${short(lr)}: the largest weight is ${short(weight)} (\`${name}\`), the largest values of the ` +
    `last layers are ${told.join(', ')}; \`cnnc find-lr\` proposes a rate${clip}`
  );
}

function slopes({ trace, weights }: RefusedFigures): string | undefined {
  const { notFinite } = trace;
  if (!notFinite || notFinite.direction === 'input' || largestOf(weights)[1] >= LARGE_WEIGHT) return undefined;
  return notFinite.direction === 'backward'
    ? 'a slope that is infinite, as those of `sqrt` and `log` at 0 are: add a small number to their operand'
    : 'a formula without a finite value there: a logarithm or a root of what is not positive, a quotient by 0, an `exp` of a large number';
}

function short(value: number): string {
  return `${Number(value.toPrecision(3))}`;
}
