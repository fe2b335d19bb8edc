import { describe, it } from 'vitest';
import { operatorCases } from '../oracle/cases.ts';
import { checkCase } from '../support/check-case.ts';
import { runGraph } from '../support/run-graph.ts';
import { PYTORCH_RUNS } from '../support/suites.ts';

describe.each(PYTORCH_RUNS)('operators against PyTorch, by the $engine on $traits.lanes lanes', (setting) => {
  const { engine, traits, tolerance } = setting;
  it.each(operatorCases().map((test) => [test.name, test] as const))('%s', (_, test) =>
    checkCase(test, tolerance, (graph, given) => runGraph(graph, { engine, traits, ...given })),
  );
});
