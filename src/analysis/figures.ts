/** @file The figures that assertions speak of. Those that take work are computed when one is asked for. */
import type { State } from '../ir/graph.ts';
import type { Figures } from '../semantics/claims.ts';
import type { Model } from '../semantics/model.ts';
import { countedTotals, type Summary } from './summary.ts';

type Totals = Summary['totals'];

/** `totals`: for FLOPs and memory, which need the graph of a whole step. */
export function figuresOf(model: Model, states: readonly State[], totals: () => Totals): Figures {
  const counted = { ...countedTotals(model, states), layers: model.layers.length };
  let all: Totals | undefined;
  return (name) => {
    if (Object.hasOwn(counted, name)) return counted[name as keyof typeof counted];
    all ??= totals();
    const [group, part] = name.split('.') as ['flops' | 'memory', string | undefined];
    const figures: Readonly<Record<string, number>> = { ...all[group] };
    return figures[part ?? (group === 'flops' ? 'forward' : 'peak')]!;
  };
}
