/** @file Every rule, in the order of their codes. Adding one is a file in `rules` and a line here. */
import type { CatalogueEntry } from '../diagnostics/catalogue-entry.ts';
import { entryOf, type Rule } from './rule.ts';
import { biasBeforeBatchnorm } from './rules/bias-before-batchnorm.ts';
import { boundedScores } from './rules/bounded-scores.ts';
import { channelsLast } from './rules/channels-last.ts';
import { constantLayer } from './rules/constant-layer.ts';
import { dropoutBeforeBatchnorm } from './rules/dropout-before-batchnorm.ts';
import { equalInitialWeights } from './rules/equal-initial-weights.ts';
import { idleSetting } from './rules/idle-setting.ts';
import { linearPair } from './rules/linear-pair.ts';
import { mostlyPadding } from './rules/mostly-padding.ts';
import { narrowView } from './rules/narrow-view.ts';
import { oneSidedScores } from './rules/one-sided-scores.ts';
import { saturatingStack } from './rules/saturating-stack.ts';
import { unusedDefinition } from './rules/unused-definition.ts';
import { unusedParameter } from './rules/unused-parameter.ts';
import { unusedSource } from './rules/unused-source.ts';
import { unusedValue } from './rules/unused-value.ts';

export const RULES: readonly Rule[] = [
  unusedValue,
  unusedSource,
  unusedDefinition,
  unusedParameter,
  idleSetting,
  biasBeforeBatchnorm,
  equalInitialWeights,
  saturatingStack,
  boundedScores,
  narrowView,
  dropoutBeforeBatchnorm,
  linearPair,
  oneSidedScores,
  constantLayer,
  mostlyPadding,
  channelsLast,
];

/** What `explain` and the page of codes say about rules. */
export const ruleCodes: Readonly<Record<string, CatalogueEntry>> = Object.fromEntries(
  RULES.map((rule) => [rule.code, entryOf(rule)]),
);
