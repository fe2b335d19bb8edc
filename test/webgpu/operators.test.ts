/**
 * @file Every operator on a graphics card: losses, metrics and gradients of the networks that WebAssembly is tested on, against
 * the interpreter; and operators alone, against PyTorch. Kernels take long to compile on a card of software, so the suite takes
 * some networks and cases; `GPU=all` all.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { randomData } from '../../src/check/check-gradients.ts';
import { createExecutor } from '../../src/check/execute-graph.ts';
import type { Graph } from '../../src/ir/graph.ts';
import { WASM_TRAITS } from '../../src/targets/wasm/target.ts';
import { operatorCases } from '../oracle/cases.ts';
import { checkCase } from '../support/check-case.ts';
import { deviceGraph } from '../support/device-graph.ts';
import { missing, openCard, type TestCard } from '../support/gpu.ts';
import { trainingGraph } from '../support/middles.ts';
import { DEVICE_RUN, NETWORKS } from '../support/suites.ts';

const COUNT = 11;

/** Strides and dilation; statistics; random numbers; phases of a gradient; weights of every position; labels that are ignored. */
const SOME = [
  'conv stride 3 dilation 2',
  'batchnorm',
  'dropout',
  'convtranspose same',
  'local padded',
  'loss crossentropy of pixels with everything',
];

/** The only functions with code of their own in shaders. */
const SOME_CASES = ['erf', 'tanh far from zero'];

const all = process.env.GPU === 'all';
const networks = all ? NETWORKS : NETWORKS.filter(({ name }) => SOME.includes(name));
const cases = all ? operatorCases() : operatorCases().filter(({ name }) => SOME_CASES.includes(name));

/** Of these small networks workgroups share sums where all are run: that takes longest to compile. */
const worthSharing = all ? 16 : undefined;

const largest = (values: readonly number[]) => values.reduce((size, value) => Math.max(size, Math.abs(value)), 0);

function compared(graph: Graph) {
  return graph.results.flatMap((result) => {
    if (result.role === 'metric') return [{ name: result.name, node: result.node }];
    if (result.role === 'loss') return [{ name: 'loss', node: result.node }];
    return result.role === 'gradient' ? [{ name: `d.${result.state.name}`, node: result.node }] : [];
  });
}

describe.skipIf(missing)(`operators on a graphics card${missing ? `, skipped: ${missing}` : ''}`, () => {
  let card: TestCard;

  beforeAll(async () => {
    card = await openCard();
  }, 120_000);

  afterAll(() => card?.close());

  it('are named as they are', () => {
    expect(networks.length).toBeGreaterThanOrEqual(SOME.length);
    expect(cases.length).toBeGreaterThanOrEqual(SOME_CASES.length);
  });

  it.each(cases.map((test) => [test.name, test] as const))(
    '%s is as in PyTorch',
    (_, test) =>
      checkCase(test, DEVICE_RUN.tolerance, async (graph, { count, data }) => {
        // As below.
        const given = { count, data, update: true, maxCount: count + 2, groups: 4, worthSharing };
        const made = deviceGraph(graph, { ...given, traits: DEVICE_RUN.traits });
        const memory = await card.run(made.job);
        return { values: (node) => made.values(memory, node), state: (state) => made.state(memory, state) };
      }),
    60_000,
  );

  it.each(networks)(
    '$name',
    async (sample) => {
      const graph = trainingGraph(sample.graph());
      const data = randomData(graph, { count: COUNT, seed: 11 });
      const input = { count: COUNT, data, update: true };
      const traits = { ...WASM_TRAITS, lanes: 4 };
      const oracle = createExecutor(graph, { engine: 'interpreter', traits, maxCount: COUNT }).run(input);
      // A batch that is not full, in groups of which not all have as many images.
      const made = deviceGraph(graph, { ...input, traits: DEVICE_RUN.traits, maxCount: 13, groups: 4, worthSharing });
      const memory = await card.run(made.job);
      const wanted = compared(graph).map(({ name, node }) => ({
        name,
        wanted: oracle.values(node),
        found: made.values(memory, node),
      }));
      const states = graph.results.flatMap((result) =>
        result.role === 'assign'
          ? [{ name: result.state.name, wanted: oracle.state(result.state), found: made.state(memory, result.state) }]
          : [],
      );
      // A bias before batch norm has no gradient but rounding errors: it is measured against the others.
      const floor = 1e-2 * Math.max(...wanted.map((value) => largest(value.wanted)));
      for (const { name, wanted: right, found } of [...wanted, ...states]) {
        const scale = Math.max(floor, largest(right));
        expect(found.length).toBe(right.length);
        const errors = found.map((value, k) => Math.abs(value - right[k]!) / scale);
        expect(Math.max(...errors), name).toBeLessThan(DEVICE_RUN.tolerance);
      }
    },
    60_000,
  );
});
