/** @file The figures that assertions speak of. Those that take work are computed when one is asked for. */
import type { State } from '../ir/graph.ts';
import { FIGURES, type Figures, type ValueFigure } from '../semantics/evaluate/claims.ts';
import type { Model } from '../semantics/model.ts';
import { multiplyAdds } from './cost.ts';
import { countElements } from './memory.ts';
import { receptiveFields } from './receptive-field.ts';
import { countedTotals, type Summary } from './summary.ts';

type Totals = Summary['totals'];

/** `totals`: for FLOPs and memory, which need the graph of a whole step. */
export function figuresOf(model: Model, states: readonly State[], totals: () => Totals): Figures {
  const counted = { ...countedTotals(model, states), layers: model.layers.length };
  let all: Totals | undefined;
  return (claim) => {
    if ('of' in claim) return figureOfValue(model, claim.of);
    const figure = FIGURES[claim.name];
    if (!('part' in figure)) return counted[figure.total];
    all ??= totals();
    return figure.total === 'flops' ? all.flops[figure.part] : all.memory[figure.part];
  };
}

/** A value without places sees everything, which no number is above. */
function figureOfValue(model: Model, { figure, node, layers }: ValueFigure): number {
  if (figure === 'sees') return Math.min(...(receptiveFields(model).get(node)?.size ?? [Number.POSITIVE_INFINITY]));
  const names = new Set(layers);
  const counted = model.layers.filter(({ name }) => names.has(name));
  if (figure === 'parameters') {
    const states = new Set(counted.flatMap((layer) => layer.states));
    return countElements([...states].filter(({ role }) => role === 'parameter'));
  }
  const macs = multiplyAdds(model.graph);
  return [...names].reduce((sum, name) => sum + (macs.get(name) ?? 0), 0);
}
