/** @file Every rule, in the order of their codes. Adding one is a file in `rules` and a line here. */
import type { CatalogueEntry } from '../diagnostics/catalogue-entry.ts';
import { entryOf, type Rule } from './rule.ts';
import { biasBeforeBatchnorm } from './rules/bias-before-batchnorm.ts';
import { boundedScores } from './rules/bounded-scores.ts';
import { channelsLast } from './rules/channels-last.ts';
import { checkerboard } from './rules/checkerboard.ts';
import { constantLayer } from './rules/constant-layer.ts';
import { coupledDecay } from './rules/coupled-decay.ts';
import { deepPlainStack } from './rules/deep-plain-stack.ts';
import { dilationGaps } from './rules/dilation-gaps.ts';
import { dominatingHead } from './rules/dominating-head.ts';
import { dropoutBeforeBatchnorm } from './rules/dropout-before-batchnorm.ts';
import { droppedBorder } from './rules/dropped-border.ts';
import { droppedScores } from './rules/dropped-scores.ts';
import { equalInitialWeights } from './rules/equal-initial-weights.ts';
import { evenSame } from './rules/even-same.ts';
import { flippedDigits } from './rules/flipped-digits.ts';
import { fullPadding } from './rules/full-padding.ts';
import { idleDropout } from './rules/idle-dropout.ts';
import { idleLanes } from './rules/idle-lanes.ts';
import { idleSetting } from './rules/idle-setting.ts';
import { initialScale } from './rules/initial-scale.ts';
import { largeKernel } from './rules/large-kernel.ts';
import { learningRate } from './rules/learning-rate.ts';
import { linearConvolutions } from './rules/linear-convolutions.ts';
import { linearPair } from './rules/linear-pair.ts';
import { localWeights } from './rules/local-weights.ts';
import { misalignedBranches } from './rules/misaligned-branches.ts';
import { missedBottleneck } from './rules/missed-bottleneck.ts';
import { mostlyPadding } from './rules/mostly-padding.ts';
import { narrowBottleneck } from './rules/narrow-bottleneck.ts';
import { narrowView } from './rules/narrow-view.ts';
import { oneSidedScores } from './rules/one-sided-scores.ts';
import { repeatedActivation } from './rules/repeated-activation.ts';
import { repeatedNorm } from './rules/repeated-norm.ts';
import { saturatingStack } from './rules/saturating-stack.ts';
import { singleChannelGroups } from './rules/single-channel-groups.ts';
import { singleLastBatch } from './rules/single-last-batch.ts';
import { skippedPixels } from './rules/skipped-pixels.ts';
import { smallBatchNorm } from './rules/small-batch-norm.ts';
import { squaredClasses } from './rules/squared-classes.ts';
import { stoppingOnTest } from './rules/stopping-on-test.ts';
import { strongDecay } from './rules/strong-decay.ts';
import { strongDropout } from './rules/strong-dropout.ts';
import { tightBudget } from './rules/tight-budget.ts';
import { unnormalisedInput } from './rules/unnormalised-input.ts';
import { unproductiveLayers } from './rules/unproductive-layers.ts';
import { unusedAllowance } from './rules/unused-allowance.ts';
import { unusedDefinition } from './rules/unused-definition.ts';
import { unusedParameter } from './rules/unused-parameter.ts';
import { unusedSource } from './rules/unused-source.ts';
import { unusedValue } from './rules/unused-value.ts';
import { weightsAndSmoothing } from './rules/weights-and-smoothing.ts';
import { widePadding } from './rules/wide-padding.ts';

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
  initialScale,
  deepPlainStack,
  largeKernel,
  dominatingHead,
  missedBottleneck,
  localWeights,
  linearConvolutions,
  squaredClasses,
  skippedPixels,
  droppedBorder,
  widePadding,
  fullPadding,
  evenSame,
  unproductiveLayers,
  misalignedBranches,
  narrowBottleneck,
  smallBatchNorm,
  singleChannelGroups,
  learningRate,
  strongDecay,
  strongDropout,
  stoppingOnTest,
  flippedDigits,
  unnormalisedInput,
  dilationGaps,
  checkerboard,
  weightsAndSmoothing,
  repeatedActivation,
  idleDropout,
  droppedScores,
  repeatedNorm,
  coupledDecay,
  tightBudget,
  idleLanes,
  singleLastBatch,
  unusedAllowance,
];

/** What `explain` and the page of codes say about rules. */
export const ruleCodes: Readonly<Record<string, CatalogueEntry>> = Object.fromEntries(
  RULES.map((rule) => [rule.code, entryOf(rule)]),
);
