/**
 * @file What stands between the gradients of a step and its update: the mean over several steps (`accumulate`), and limits
 * (`clip`); and what follows it: the mean of the weights (`average`). All are formulas over all gradients or weights; the update of a step that only gathers leaves everything as it is.
 */
import type { HostExpression } from '../ir/graph.ts';
import type { TrainSettings } from '../semantics/model.ts';
import { AVERAGES, CLIPS } from '../training/words.ts';
import type { UpdateRule } from './append-update.ts';
import { constantOf, hostExpression } from './host-expression.ts';

export type BeforeUpdate = Partial<Pick<TrainSettings, 'clip' | 'accumulate' | 'average' | 'schedule'>>;

const STEP: HostExpression = { kind: 'step' };

/** The number of the update that a step belongs to, from 1. */
export function updateNumber(accumulate: number): HostExpression {
  return accumulate > 1 ? stepsOf('floor((step - 1) / steps) + 1', accumulate) : STEP;
}

function stepsOf(text: string, accumulate: number): HostExpression {
  return hostExpression(text, (name) =>
    name === 'step' ? STEP : name === 'steps' ? constantOf(accumulate) : undefined,
  );
}

/** A rule with what comes before its update. */
export function afterAll(rule: UpdateRule, { clip, accumulate = 1, average }: BeforeUpdate): UpdateRule {
  return gathered(limited(averaged(rule, average, accumulate), clip), accumulate);
}

/** The mean is a state of the optimiser, so checkpoints hold it. */
function averaged(rule: UpdateRule, average: BeforeUpdate['average'], accumulate: number): UpdateRule {
  if (!average) return rule;
  const { mean } = AVERAGES.find(({ name }) => name === average.kind)!;
  const numbers = Object.entries(average).filter((entry): entry is [string, number] => typeof entry[1] === 'number');
  const first = stepsOf('if steps + 0.5 > step { 1 } else { 0 }', accumulate);
  return {
    ...rule,
    states: [...rule.states, 'average'],
    scalars: { ...rule.scalars, first },
    constants: { ...rule.constants, ...Object.fromEntries(numbers) },
    statements: [...rule.statements, { name: 'average', formula: `if first > 0 { w[k] } else { ${mean} }` }],
  };
}

function limited(rule: UpdateRule, clip: BeforeUpdate['clip']): UpdateRule {
  if (!clip) return rule;
  const { gradient } = CLIPS.find(({ name }) => name === clip.kind)!;
  const numbers = Object.entries(clip).filter((entry): entry is [string, number] => typeof entry[1] === 'number');
  return {
    ...rule,
    constants: { ...rule.constants, ...Object.fromEntries(numbers) },
    statements: [{ name: 'g', formula: gradient }, ...rule.statements],
    measures: /\bnorm\b/.test(gradient),
  };
}

/** Gradients are summed up in a state, and new values are taken over at the last step of an update. */
function gathered(rule: UpdateRule, accumulate: number): UpdateRule {
  if (accumulate === 1) return rule;
  const rest = 'step - 1 - floor((step - 1) / steps) * steps';
  return {
    ...rule,
    states: ['sum', ...rule.states],
    scalars: {
      ...rule.scalars,
      begins: stepsOf(`if 1 > ${rest} { 1 } else { 0 }`, accumulate),
      ends: stepsOf(`if ${rest} > steps - 1.5 { 1 } else { 0 }`, accumulate),
    },
    constants: { ...rule.constants, share: 1 / accumulate },
    gathers: { name: 'sum', formula: '(if begins > 0 { 0 } else { sum[k] }) + g[k] * share' },
    takes: 'if ends > 0 { next[k] } else { old[k] }',
  };
}
