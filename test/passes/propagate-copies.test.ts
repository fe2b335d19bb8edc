import { expect, it } from 'vitest';
import { runPasses } from '../../src/passes/pass.ts';
import { OPTIMIZING_PASSES } from '../../src/passes/pipeline.ts';
import { NetworkBuilder } from '../support/build-network.ts';
import { runGraph } from '../support/run-graph.ts';

it.each(['maxpool', 'globalmaxpool'])('keeps the zeros of `pad` where %s reads them', (pooling) => {
  const net = new NetworkBuilder();
  const padded = net.layer('pad', net.input('image', [1, 2, 2]), { sides: 1 });
  net.output('y', net.layer(pooling, padded, pooling === 'maxpool' ? { kernel: 2 } : {}));
  const graph = runPasses(net.builder.finish(), OPTIMIZING_PASSES, { verify: true });
  const run = runGraph(graph, { engine: 'js', count: 1, data: { image: [-1, -2, -3, -4] } });
  expect(new Set(run.values(graph.results[0]!.node))).toEqual(new Set([0]));
});
