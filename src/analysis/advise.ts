/** @file Advice about the design of a network: every rule, one file each, in the order in which they are told. */
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Elaboration } from '../semantics/model.ts';
import { biasBeforeBatchnorm } from './rules/bias-before-batchnorm.ts';
import { constantLayer } from './rules/constant-layer.ts';
import { dropoutBeforeBatchnorm } from './rules/dropout-before-batchnorm.ts';
import { equalInitialWeights } from './rules/equal-initial-weights.ts';
import { linearPair } from './rules/linear-pair.ts';
import { mostlyPadding } from './rules/mostly-padding.ts';
import { narrowView } from './rules/narrow-view.ts';
import { type Rule, ruleContext } from './rules/rule.ts';
import { saturatingStack } from './rules/saturating-stack.ts';
import { squeezedScores } from './rules/squeezed-scores.ts';

const RULES: readonly Rule[] = [
  biasBeforeBatchnorm,
  equalInitialWeights,
  saturatingStack,
  squeezedScores,
  constantLayer,
  mostlyPadding,
  narrowView,
  dropoutBeforeBatchnorm,
  linearPair,
];

/** CNN5xxx; none of them is an error. A block that is applied often is told about once. */
export function advise(elaboration: Elaboration): Diagnostic[] {
  const context = ruleContext(elaboration);
  const told = new Set<string>();
  return RULES.flatMap((rule) => rule(context)).filter(({ code, span }) => {
    const key = `${code} ${span?.file} ${span?.start} ${span?.end}`;
    if (span && told.has(key)) return false;
    told.add(key);
    return true;
  });
}
