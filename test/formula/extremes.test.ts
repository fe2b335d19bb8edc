/**
 * @file NaN, infinities and numbers far out against PyTorch: the values and derivatives of every function, and for every
 * operator which elements become NaN, infinite or 0, forward and backward.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createExecutor, type GraphExecutor } from '../../src/check/execute-graph.ts';
import { functionNames } from '../../src/formula/functions.ts';
import { elementCount, type Graph, sourceOf } from '../../src/ir/graph.ts';
import { OPERATORS } from '../../src/ops/registry.ts';
import { deriveBackward } from '../../src/passes/derive-backward.ts';
import { runPasses } from '../../src/passes/pass.ts';
import { OPTIMIZING_PASSES } from '../../src/passes/pipeline.ts';
import type { OperatorCase, OracleTensor } from '../oracle/cases.ts';
import { NetworkBuilder } from '../support/build-network.ts';
import { caseNetwork } from '../support/case-network.ts';
import { runText } from '../support/run-text.ts';
import { isClose, numbersOf, type Written } from '../support/special-numbers.ts';
import { PYTORCH_RUNS, type Run } from '../support/suites.ts';

interface FunctionCase {
  readonly form: 'function';
  /** Of `x`, as the language writes it. */
  readonly call: string;
  readonly y: readonly Written[];
  readonly dx: readonly Written[];
}

/** `n`, `+`, `-`, `0` or `.` for each element: NaN, the infinities, 0, any other number. */
type Kinds = string;

interface LayerCase {
  readonly form: 'layer';
  readonly op: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly shapes: readonly (readonly number[])[];
  readonly y: Kinds;
  readonly dx: readonly Kinds[];
  readonly parameters: Readonly<Record<string, Kinds>>;
}

interface LossCase {
  readonly form: 'loss';
  readonly op: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly target: 'class' | 'tensor';
  /** Score number `place` of image 1, which is of class 1, is `special`. */
  readonly runs: readonly {
    readonly place: number;
    readonly special: Written;
    readonly y: Kinds;
    readonly dx: Kinds;
  }[];
}

const file = JSON.parse(readFileSync(new URL('../oracle/extremes.json', import.meta.url), 'utf8')) as {
  points: Written[];
  cases: (FunctionCase | LayerCase | LossCase)[];
};
const ofForm = <Form extends string>(form: Form) =>
  file.cases.filter((item): item is Extract<(typeof file.cases)[number], { form: Form }> => item.form === form);
const POINTS = numbersOf(file.points);
const SPECIALS = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
const IMAGES = 4;
const CLASSES = 4;

/** The same as in `make_extremes.py`. */
const filled = (size: number, step: number) =>
  Array.from({ length: size }, (_, k) => (((step * k + 11) % 67) - 33.5) / 16);

function poisoned(size: number, step: number): number[] {
  const x = filled(IMAGES * size, step);
  const quarter = Math.floor(size / 4);
  SPECIALS.forEach((special, k) => {
    x[k * size + k * quarter + Math.min(5, quarter - 1)] = special;
  });
  return x;
}

function kindOf(value: number): string {
  if (Number.isNaN(value)) return 'n';
  if (value === 0) return '0';
  return Number.isFinite(value) ? '.' : value > 0 ? '+' : '-';
}
const kinds = (values: readonly number[]): Kinds => values.map(kindOf).join('');

it('every operator and every function is here, or it is said why not', () => {
  const EXCEPTIONS = {
    dropout: 'draws its own zeros',
    spatialdropout: 'draws its own zeros',
    stochasticdepth: 'draws its own zeros',
    accuracy: 'counts: NaN is right nowhere, as test/cases/math.test.ts holds',
    topk: 'counts',
    confusion: 'counts',
    recall: 'counts',
    iou: 'counts',
    pow: 'test/formula/powers.test.ts',
    detach: 'has no derivative',
    hardtanh: 'is min(max(x, -1.5), 1.5), which is here',
  };
  const held = new Set(file.cases.map((item) => (item.form === 'function' ? item.call.match(/^\w+/)![0] : item.op)));
  const missing = [...functionNames(), ...OPERATORS.map(({ name }) => name)].filter((name) => !held.has(name));
  expect(new Set(missing)).toEqual(new Set(Object.keys(EXCEPTIONS)));
});

/**
 * Where PyTorch has NaN for an infinite x, and we have the limit: a square is infinite there, or a slope of 0 is multiplied
 * with x.
 */
const LIMITS: Readonly<Record<string, readonly number[]>> = {
  'leakyrelu(x, 0)': [Number.NEGATIVE_INFINITY],
  'gelu_tanh(x)': [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
};
const isLimit = (call: string, k: number, wanted: number) => Number.isNaN(wanted) && LIMITS[call]?.includes(POINTS[k]!);

/**
 * What is left of a 1 in f32 has its error, here and in PyTorch: 1 - y^2, y (1 - y) and 1 + erf. All others have their digits
 * down to the smallest normal number.
 */
const LEFT_OF_ONE = /^(tanh|sigmoid|gelu|gelu_tanh|silu|mish|tanh_softplus)\b/;
const floorOf = (call: string, x: number) =>
  LEFT_OF_ONE.test(call) ? 2 ** -24 * Math.min(1 + Math.abs(x), 10) : 2 ** -126;

const ENGINES = [
  ['interpreter', 1e-6],
  ['js-f32', 1e-6],
  ['wasm', 2e-6],
] as const;

describe.each(ENGINES)('functions by the %s', (engine, tolerance) => {
  const cases = ofForm('function');
  const z = new Array(IMAGES * POINTS.length).fill(0);
  const data = Object.fromEntries([['z', z], ...cases.map((_, k) => [`layer${k}.x`, POINTS])]);
  // `z` is 0, so that what a function is of depends on the image and not only on parameters.
  const source = `${cases.map(({ call }, k) => `op f${k}(z[k], x[k]) -> y[k] = ${call.replace(/\bx\b/, '(x[k] - z[k])')} + z[k]`).join('\n')}
network Functions {
  input z: [${POINTS.length}]
  ${cases.map((_, k) => `y${k} = z -> layer${k}: f${k}`).join('\n  ')}
  loss ${cases.map((_, k) => `sum(y${k})`).join(' + ')}
  ${cases.map((_, k) => `output y${k}`).join('\n  ')}
}`;
  const { outputs, gradients } = runText(source, engine, data, IMAGES);

  it.each(cases.map((item, k) => [item.call, item, k] as const))('%s', (call, { y, dx }, k) => {
    const compared = [
      ['', outputs.get(`y${k}`)!, y],
      ["'", gradients.get(`layer${k}.x`)!, dx],
    ] as const;
    const wrong = compared.flatMap(([mark, found, wanted]) =>
      numbersOf(wanted).flatMap((value, i) => {
        const isNear = engine !== 'interpreter' && Math.abs(found[i]! - value) <= floorOf(call, POINTS[i]!);
        if (isNear || isClose(found[i]!, value, tolerance) || isLimit(call, i, value)) return [];
        return `f${mark}(${POINTS[i]}) is ${found[i]}, PyTorch has ${value}`;
      }),
    );
    expect(wrong).toEqual([]);
  });
});

const RUNS = PYTORCH_RUNS.filter(({ traits }) => traits.lanes === IMAGES);

function trained(graph: Graph): Graph {
  const inputs = graph.nodes.filter((node) => sourceOf(node)?.role === 'image');
  return runPasses(deriveBackward(graph, inputs), OPTIMIZING_PASSES, { verify: true });
}

const executorOf = (graph: Graph, { engine, traits }: Run): GraphExecutor =>
  createExecutor(graph, { engine, traits, maxCount: IMAGES });

const outputOf = (graph: Graph, name: string) =>
  graph.results.find((result) => result.role === 'output' && result.name === name)!.node;

/** The case as those of `operators.json` are. */
function operatorCase({ op, attributes, shapes, parameters }: LayerCase, dy: OracleTensor): OperatorCase {
  const tensor = (shape: readonly number[], data: readonly number[]): OracleTensor => ({ shape, data }) as OracleTensor;
  const states = Object.entries(parameters).map(([name, { length }]) => [name, tensor([length], filled(length, 29))]);
  const statistics = { running_mean: tensor([4], [0, 0, 0, 0]), running_var: tensor([4], [1, 1, 1, 1]) };
  return {
    name: op,
    op,
    attributes,
    inputs: shapes.map((shape, k) => tensor([IMAGES, ...shape], poisoned(elementCount(shape), 37 + 2 * k))),
    parameters: { ...Object.fromEntries(states), ...statistics },
    dy,
  } as unknown as OperatorCase;
}

/** In a window with NaN the first winner of the numbers has the gradient: asking for NaN would cost a comparison for each. */
const ROUTES = ['maxpool', 'adaptivemaxpool', 'globalmaxpool'];
/** Neighbours of no weight take part: NaN reaches further, but is lost nowhere. */
const reaches = ({ op, attributes }: LayerCase) => op === 'upsample' && attributes.mode === 'bilinear';

/** Powers of what is divided by the largest of its window: of an infinite one they may be NaN. */
const divides = ({ op, attributes }: LayerCase) => op === 'lppool' && Number(attributes.norm) > 2;

function compared(item: LayerCase, { y, dx, parameters }: Pick<LayerCase, 'y' | 'dx' | 'parameters'>) {
  const firstOfRoutes = (found: Kinds) => (ROUTES.includes(item.op) ? found.slice(found.length / IMAGES) : found);
  const further = (found: Kinds) =>
    [...found].map((kind, k) => (kind === 'n' && '.+-'.includes(item.y[k]!) ? item.y[k] : kind)).join('');
  if (divides(item)) {
    const finite = (found: Kinds) => found.slice(0, found.length / IMAGES) + found.slice(-found.length / IMAGES);
    return { y: y.replaceAll(/[n+]/g, 'n'), dx: dx.map(finite), parameters };
  }
  return { y: reaches(item) ? further(y) : y, dx: dx.map(firstOfRoutes), parameters };
}

describe.each(RUNS)('operators by the $engine', (run) => {
  it.each(ofForm('layer').map((item) => [`${item.op} ${JSON.stringify(item.attributes)}`, item] as const))(
    '%s',
    (_, item) => {
      const { graph, data, states } = caseNetwork(
        operatorCase(item, { shape: [], data: filled(item.y.length, 41) } as unknown as OracleTensor),
      );
      const whole = trained(graph);
      const { values } = executorOf(whole, run).run({ count: IMAGES, data, update: true });
      const gradients = states.all.flatMap((state) => {
        const node = whole.results.find((result) => result.role === 'gradient' && result.state === state)?.node;
        return node ? [[state.name.replace('layer.', ''), kinds(values(node))]] : [];
      });
      const found = {
        y: kinds(values(outputOf(whole, 'y'))),
        dx: item.shapes.map((__, k) => kinds(values(outputOf(whole, `d.x${k}`)))),
        parameters: Object.fromEntries(gradients),
      };
      expect(compared(item, found)).toEqual(compared(item, item));
    },
  );
});

describe.each(RUNS)('losses by the $engine', (run) => {
  it.each(ofForm('loss').map((item) => [`${item.op} ${JSON.stringify(item.attributes)}`, item] as const))(
    '%s',
    (_, { op, attributes, target, runs }) => {
      const net = new NetworkBuilder();
      const scores = net.input('x', [CLASSES]);
      const wanted = target === 'class' ? net.classTarget('t', CLASSES) : net.tensorTarget('t', [CLASSES]);
      const loss = net.loss(op, [scores, wanted], attributes);
      net.output('y', loss);
      const whole = trained(net.builder.finish());
      const executor = executorOf(whole, run);
      const t = target === 'class' ? [0, 1, 2, 3] : filled(IMAGES * CLASSES, 43).map((value) => Math.abs(value) / 4);
      for (const { place, special, y, dx } of runs) {
        const x = filled(IMAGES * CLASSES, 37);
        x[CLASSES + place] = numbersOf([special])[0]!;
        const { values } = executor.run({ count: IMAGES, data: { x, t }, update: true });
        const found = { y: kinds(values(outputOf(whole, 'y'))), dx: kinds(values(outputOf(whole, 'd.x'))) };
        expect(found, `${special} is score ${place}`).toEqual({ y, dx });
      }
    },
  );
});
