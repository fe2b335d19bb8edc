import { expect, it } from 'vitest';
import { affineAdd, affineAxis, affineConstant, axisIndex, plainIndex } from '../../src/ir/affine.ts';
import { GraphBuilder } from '../../src/ir/builder.ts';
import { access, add, constant, multiply } from '../../src/ir/scalar.ts';
import { runPasses } from '../../src/passes/pass.ts';
import { OPTIMIZING_PASSES } from '../../src/passes/pipeline.ts';
import { runGraph } from '../support/run-graph.ts';

it('does not join a value to a larger one that reads it in its own place', () => {
  const builder = new GraphBuilder('concat');
  const x = builder.source({ role: 'image', name: 'x' }, [2], 'x');
  const c = axisIndex('c');
  const doubled = (name: string, factor: number) =>
    builder.formula([x], [{ name: 'c', extent: 2 }], multiply(constant(factor), access(0, [c])), { name });
  const behind = plainIndex(affineAdd(affineAxis('c'), affineConstant(-2)));
  const y = builder.formula(
    [doubled('a', 2), doubled('b', 3)],
    [{ name: 'c', extent: 4 }],
    add(access(0, [c]), access(1, [behind])),
    { name: 'y' },
  );
  builder.results.push({ role: 'output', name: 'y', node: y });
  const graph = runPasses(builder.finish(), OPTIMIZING_PASSES, { verify: true });
  const run = runGraph(graph, { engine: 'js', count: 1, data: { x: [5, 7] } });
  expect(run.values(graph.results[0]!.node)).toEqual([10, 14, 15, 21]);
});
