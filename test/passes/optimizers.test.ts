import { describe, expect, it } from 'vitest';
import { createExecutor } from '../../src/check/execute-graph.ts';
import { compileSource } from '../../src/compile.ts';
import { axisIndex } from '../../src/ir/affine.ts';
import { GraphBuilder } from '../../src/ir/builder.ts';
import { type State, sourceOf } from '../../src/ir/graph.ts';
import { access, add, multiply } from '../../src/ir/scalar.ts';
import { hostValue } from '../../src/passes/host-expression.ts';
import { runPasses } from '../../src/passes/pass.ts';
import { trainingPasses } from '../../src/passes/pipeline.ts';
import { type UpdateRule, updateRuleOf } from '../../src/passes/update-rule.ts';
import { onecycle } from '../../src/training/schedules/onecycle.ts';
import { choose } from '../../src/training/word.ts';
import { OPTIMIZERS, type OptimizerSettings, optimizerNamed, type ScheduleSettings } from '../../src/training/words.ts';
import { type BeforeCase, beforeCases, type OptimizerCase, optimizerCases } from '../oracle/cases.ts';
import { loadModule } from '../support/load-module.ts';
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
function trainingGraph(size: number, rule: UpdateRule) {
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
  return runPasses(builder.finish(), trainingPasses(rule), { verify: true });
}

describe('update rules against PyTorch', () => {
  it('are all of them', () => {
    const tested = new Set(optimizerCases().map(({ optimizer }) => optimizer));
    expect(OPTIMIZERS.filter(({ name }) => !tested.has(name)).map(({ name }) => name)).toEqual([]);
  });

  it.each(optimizerCases().map((test) => [test.name, test] as const))('%s', (_, test) => {
    const graph = trainingGraph(test.start.length, ruleOf(test));
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

describe('momentum that one cycle moves, against PyTorch', () => {
  const { cycles, start, gradients } = beforeCases();
  it.each(cycles.map((test) => [test.name, test] as const))('%s', (_, test) => {
    const settings = choose(optimizerNamed(test.optimizer), test.attributes) as OptimizerSettings;
    const schedule = choose(onecycle, test.cycle) as ScheduleSettings;
    const graph = trainingGraph(start.length, updateRuleOf(settings, { schedule }));
    const executor = createExecutor(graph, { engine: 'js', traits: TRAITS, maxCount: 1 });
    const data: Record<string, number[]> = { w: [...start] };
    for (const node of graph.nodes) {
      const source = sourceOf(node);
      if (source?.role === 'state' && source.state.role === 'optimizer') data[node.name] = start.map(() => 0);
    }
    gradients.forEach((gradient, step) => {
      data.g = [...gradient];
      const moment = { step, steps: gradients.length, perEpoch: 5, notes: [] };
      const lr = settings.lr * onecycle.effect!.factor(schedule as never, moment);
      const dip = onecycle.effect!.dip!(schedule as never, moment);
      for (const node of graph.nodes) {
        const source = sourceOf(node);
        if (source?.role === 'scalar') data[node.name] = [hostValue(source.scalar.expression, lr, step + 1, dip)];
      }
      const run = executor.run({ count: 1, data, update: true });
      for (const result of graph.results)
        if (result.role === 'assign') data[result.state.name] = run.state(result.state);
      data.w!.forEach((value, k) => {
        expect(value, `w[${k}] after step ${step + 1}`).toBeCloseTo(test.after[step]![k]!, 11);
      });
    });
  });

  it('is refused where there is none, and without the word nothing is moved', () => {
    const text = (train: string) =>
      `network N { input x: [2] target y: [1] output z = x -> dense(1) loss mse(z, y) } train N { ${train} }`;
    const codes = (train: string) => compileSource(text(train), 'test.cnn').diagnostics.map(({ code }) => code);
    expect(codes('optimizer nadam schedule onecycle(momentum: 0.8)')).toContain('CNN2054');
    expect(codes('optimizer sgd(lr: 0.1) schedule onecycle(momentum: 0.8)')).toContain('CNN2054');
    expect(codes('optimizer sgd(lr: 0.1, momentum: 0.9) schedule onecycle(momentum: 0.8)')).not.toContain('CNN2054');
    const rule = updateRuleOf(choose(optimizerNamed('adam')) as OptimizerSettings, {
      schedule: choose(onecycle) as never,
    });
    expect(JSON.stringify(rule)).not.toContain('dip');
  });

  it('is what a module does, and the same at once as after a resume', async () => {
    const text = (momentum: string) => `network N {
      input x: [3]
      target y: [1]
      output z = x -> dense(1)
      loss mse(z, y)
    }
    train N { optimizer sgd(lr: 0.1, momentum: 0.95) schedule onecycle${momentum} batch 4 epochs 4 seed 2 }`;
    const images = Float32Array.from({ length: 60 }, (_, k) => ((k * 7) % 11) / 11);
    const data = { count: 20, images, labels: Float32Array.from({ length: 20 }, (_, k) => k / 20) };
    const split = { train: data, test: data, shape: [3] };
    const train = async (momentum: string, stops: boolean) => {
      const { createTrainer } = await loadModule(text(momentum));
      let trainer = await createTrainer();
      for await (const { epoch } of trainer.fit(split)) if (stops && epoch === 2) break;
      if (!stops) return trainer.save();
      const saved = trainer.save();
      trainer = await createTrainer();
      trainer.load(saved);
      for await (const _ of trainer.fit(split));
      return trainer.save();
    };
    const [moved, resumed, still] = [
      await train('(momentum: 0.5)', false),
      await train('(momentum: 0.5)', true),
      await train('', false),
    ];
    expect(Buffer.from(resumed).equals(Buffer.from(moved))).toBe(true);
    expect(Buffer.from(still).equals(Buffer.from(moved))).toBe(false);
  });
});
