import { describe, expect, it } from 'vitest';
import { createExecutor } from '../../src/check/execute-graph.ts';
import { axisIndex } from '../../src/ir/affine.ts';
import { GraphBuilder } from '../../src/ir/builder.ts';
import { type State, sourceOf } from '../../src/ir/graph.ts';
import { access, add, multiply } from '../../src/ir/scalar.ts';
import { hostValue } from '../../src/passes/host-expression.ts';
import { runPasses } from '../../src/passes/pass.ts';
import { trainingPasses } from '../../src/passes/pipeline.ts';
import { type UpdateRule, updateRuleOf } from '../../src/passes/update-rule.ts';
import { choose } from '../../src/training/word.ts';
import { OPTIMIZERS, type OptimizerSettings, optimizerNamed } from '../../src/training/words.ts';
import { type BeforeCase, beforeCases, type OptimizerCase, optimizerCases } from '../oracle/cases.ts';
import { TRAITS } from '../support/run-graph.ts';

/** Every setting that PyTorch has in force, defaults included, must be one of ours, and ours must be those. */
function ruleOf({ optimizer, resolved }: OptimizerCase): UpdateRule {
  const { betas, ...others } = resolved;
  const [beta1, beta2] = (betas ?? []) as number[];
  const given = Object.entries({ ...others, ...(betas ? { beta1, beta2 } : {}) });
  const { attributes } = optimizerNamed(optimizer);
  const known = new Set(Object.keys(attributes));
  expect(given.filter(([name, value]) => !known.has(name) && value)).toEqual([]);
  const values = given.filter(([name]) => known.has(name));
  return updateRuleOf({ ...(choose(optimizerNamed(optimizer)) as OptimizerSettings), ...Object.fromEntries(values) });
}

function vectorState(name: string, size: number, trainable: boolean): State {
  const role = trainable ? 'parameter' : 'buffer';
  return { name, role, shape: [size], trainable, initializer: { kind: 'zeros', fanIn: 1, fanOut: 1 } };
}

/** loss = sum(k) w[k] * g[k], whose gradient by w is g. */
function trainingGraph(test: OptimizerCase) {
  const size = test.start.length;
  const builder = new GraphBuilder('optimizer');
  const w = builder.state(vectorState('w', size, true));
  const g = builder.state(vectorState('g', size, false));
  const k = [axisIndex('k')];
  const axes = [{ name: 'k', extent: size }];
  const body = multiply(access(0, k), access(1, k));
  const loss = builder.formula(
    [w, g],
    [],
    { kind: 'reduce', operator: 'sum', axes, batch: false, body },
    { name: 'loss' },
  );
  builder.results.push({ role: 'loss', node: loss });
  return runPasses(builder.finish(), trainingPasses(ruleOf(test)), { verify: true });
}

describe('update rules against PyTorch', () => {
  it('are all of them', () => {
    const tested = new Set(optimizerCases().map(({ optimizer }) => optimizer));
    expect(OPTIMIZERS.filter(({ name }) => !tested.has(name)).map(({ name }) => name)).toEqual([]);
  });

  it.each(optimizerCases().map((test) => [test.name, test] as const))('%s', (_, test) => {
    const graph = trainingGraph(test);
    const executor = createExecutor(graph, { engine: 'js', traits: TRAITS, maxCount: 1 });
    const data: Record<string, number[]> = { w: [...test.start] };
    for (const node of graph.nodes) {
      const source = sourceOf(node);
      if (source?.role === 'state' && source.state.role === 'optimizer') data[node.name] = test.start.map(() => 0);
    }
    test.gradients.forEach((gradient, step) => {
      data.g = [...gradient];
      for (const node of graph.nodes) {
        const source = sourceOf(node);
        if (source?.role === 'scalar')
          data[node.name] = [hostValue(source.scalar.expression, test.learningRates[step]!, step + 1)];
      }
      const run = executor.run({ count: 1, data, update: true });
      for (const result of graph.results)
        if (result.role === 'assign') data[result.state.name] = run.state(result.state);
      data.w!.forEach((value, k) => {
        expect(value, `w[${k}] after step ${step + 1}`).toBeCloseTo(test.after[step]![k]!, 12);
      });
    });
  });
});

/** Two parameters, whose gradients are halves of a vector. */
function halvesGraph(test: BeforeCase) {
  const builder = new GraphBuilder('before');
  const k = [axisIndex('k')];
  const [first, second] = ([4, 2] as const).map((size, half) => {
    const inputs = [
      builder.state(vectorState(`w${half}`, size, true)),
      builder.state(vectorState(`g${half}`, size, false)),
    ];
    const body = multiply(access(0, k), access(1, k));
    const axes = [{ name: 'k', extent: size }];
    const sum = { kind: 'reduce', operator: 'sum', axes, batch: false, body } as const;
    return builder.formula(inputs, [], sum, { name: `loss${half}` });
  });
  const loss = builder.formula([first!, second!], [], add(access(0, []), access(1, [])), { name: 'loss' });
  builder.results.push({ role: 'loss', node: loss });
  const settings = choose(optimizerNamed(test.optimizer), test.attributes) as OptimizerSettings;
  return runPasses(builder.finish(), trainingPasses(updateRuleOf(settings, test.before)), { verify: true });
}

describe('what comes before the update, against PyTorch', () => {
  const { before, start, gradients } = beforeCases();
  const cases = before.flatMap((test) =>
    (['interpreter', 'js', 'wasm'] as const).map((engine) => [test.name, engine, test] as const),
  );
  it.each(cases)('%s, %s', (_, engine, test) => {
    const graph = halvesGraph(test);
    const executor = createExecutor(graph, { engine, traits: TRAITS, maxCount: 1 });
    const data: Record<string, number[]> = { w0: start.slice(0, 4), w1: start.slice(4) };
    for (const node of graph.nodes) {
      const source = sourceOf(node);
      if (source?.role === 'state' && source.state.role === 'optimizer')
        data[node.name] = Array(node.shape[0]!).fill(0);
    }
    gradients.forEach((gradient, step) => {
      Object.assign(data, { g0: gradient.slice(0, 4), g1: gradient.slice(4) });
      for (const node of graph.nodes) {
        const source = sourceOf(node);
        if (source?.role === 'scalar')
          data[node.name] = [hostValue(source.scalar.expression, test.attributes.lr!, step + 1)];
      }
      const run = executor.run({ count: 1, data, update: true });
      for (const result of graph.results)
        if (result.role === 'assign') data[result.state.name] = run.state(result.state);
      [...data.w0!, ...data.w1!].forEach((value, k) => {
        expect(value, `w[${k}] after step ${step + 1}`).toBeCloseTo(test.after[step]![k]!, engine === 'wasm' ? 4 : 11);
      });
    });
  });
});
