/** @file The passes, in order: the table of contents of what happens to a network between its text and its loops. */

import { sgd } from '../training/optimizers/sgd.ts';
import { choose } from '../training/word.ts';
import { appendUpdate } from './append-update.ts';
import { deriveBackward } from './derive-backward.ts';
import { eliminateCommon } from './eliminate-common.ts';
import { eliminateDead } from './eliminate-dead.ts';
import { expandFunctions } from './expand-functions.ts';
import { foldScales } from './fold-scales.ts';
import { fuse } from './fuse.ts';
import { hoistInvariants } from './hoist-invariants.ts';
import { materializeResults } from './materialize-results.ts';
import { mixLoss } from './mix-loss.ts';
import { oneImage } from './one-image.ts';
import type { Pass } from './pass.ts';
import { propagateCopies } from './propagate-copies.ts';
import { type UpdateRule, updateRuleOf } from './update-rule.ts';
import { winograd } from './winograd.ts';

/** Where training images are mixed in pairs. */
const MIX: Pass = {
  name: 'mix-loss',
  doc: "add the loss of the partner's target to that of the image's own, each with its share",
  run: mixLoss,
};

const DERIVE: Pass = {
  name: 'derive-backward',
  doc: 'append the gradient of the loss by every trainable parameter, as formulas',
  run: (graph) => deriveBackward(graph),
};

const UPDATE = (rule: UpdateRule): Pass => ({
  name: 'append-update',
  doc: "append the optimiser's new value of every parameter",
  run: (graph) => appendUpdate(graph, rule),
});

const EXPAND: Pass = {
  name: 'expand-functions',
  doc: 'write activations by their definitions',
  run: expandFunctions,
};

/** Simpler formulas for the same values: what can be computed once is, and nothing is joined yet. */
const ALGEBRA: readonly Pass[] = [
  { name: 'propagate-copies', doc: 'read through constants and copies', run: propagateCopies },
  { name: 'hoist-invariants', doc: 'take constant factors out of sums', optional: true, run: hoistInvariants },
  {
    name: 'propagate-copies-again',
    doc: 'read through the copies that hoisting made',
    optional: true,
    run: propagateCopies,
  },
  { name: 'eliminate-common', doc: 'compute equal formulas once', optional: true, run: eliminateCommon },
  { name: 'eliminate-dead', doc: 'drop what no result needs', run: eliminateDead },
];

/** Which values are computed together, and in what order of terms. */
export const FUSION_PASSES: readonly Pass[] = [
  { name: 'winograd', doc: 'compute 3 x 3 convolutions in tiles with fewer products', optional: true, run: winograd },
  { name: 'fuse', doc: 'join pointwise work to the formulas around it', optional: true, run: fuse },
  { name: 'materialize-results', doc: 'give results that are sources a place of their own', run: materializeResults },
  { name: 'sweep', doc: 'drop what fusion made superfluous', run: eliminateDead },
];

/** From the forward graph to its own formulas, none joined with another. */
export const FORWARD_PASSES: readonly Pass[] = [EXPAND, ...ALGEBRA];

/** The same of a prediction, for a batch of a single image. */
export const ONE_IMAGE_PASSES: readonly Pass[] = [
  { name: 'one-image', doc: 'take sums over the batch for what its only image has', run: oneImage },
  ...FORWARD_PASSES,
  {
    name: 'fold-scales',
    doc: 'multiply weights by what their sums are multiplied by',
    optional: true,
    run: foldScales,
  },
  { name: 'eliminate-unfolded', doc: 'drop the sums of the weights as they were', run: eliminateDead },
];

/** From a graph of formulas to one for kernels. */
export const OPTIMIZING_PASSES: readonly Pass[] = [...FORWARD_PASSES, ...FUSION_PASSES];

/** From the forward graph to the formulas of one training step, none joined with another: what work is counted on. */
export function formulaPasses(rule: UpdateRule, mixes = false): readonly Pass[] {
  return [...(mixes ? [MIX] : []), DERIVE, UPDATE(rule), ...FORWARD_PASSES];
}

/** From the forward graph to the graph of one training step. */
export function trainingPasses(rule: UpdateRule, mixes = false): readonly Pass[] {
  return [...formulaPasses(rule, mixes), ...FUSION_PASSES];
}

/** From the forward graph to gradients for readers: activations keep their names. */
export const GRADIENT_PASSES: readonly Pass[] = [DERIVE, ...ALGEBRA];

/** All there are, of whatever optimiser: they differ in the formulas of the update. */
export function listPasses(): readonly Pass[] {
  return trainingPasses(updateRuleOf(choose(sgd)), true);
}
