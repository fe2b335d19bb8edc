/**
 * @file What an optimiser is: the new value of a parameter w from its gradient g, the learning rate and the optimiser's own
 * state, as formulas. Equations and defaults are PyTorch's (torch.optim, version 1.13), where it has the optimiser.
 */
import { type Attributes, boolean, number, type ValuesOf } from '../../specs/attributes.ts';
import type { Word } from '../word.ts';

export interface Equations {
  /** State per parameter, all of the parameter's shape and starting at 0. */
  readonly states: readonly string[];
  /**
   * Numbers that are computed once a step, in f64, from `lr`, `step` (from 1) and the attributes: formulas without axes, in
   * which `product(f)` is the product of f over the steps up to this one.
   */
  readonly scalars?: Readonly<Record<string, string>>;
  /**
   * The next values of the states and of `w`, element by element, in the notation of `op`. They are computed in
   * this order: a name means the new value behind its own formula. Other names are for what several formulas need, which
   * must not be computed from what has its new value when they are used. `lr`, attributes and scalars are numbers.
   */
  readonly next: Readonly<Record<string, string>>;
}

export interface Optimizer<Set extends Attributes = Attributes> extends Word<Set> {
  /**
   * Where `weight_decay` acts. `gradient`: the decayed weight is added to it, so `g[k]` is their sum. `weight`: it shrinks the
   * weight itself, by a factor that `w[k]` has in the formula of `w` (Loshchilov and Hutter 2019).
   */
  readonly decays: 'gradient' | 'weight';
  /** The attribute that a schedule may move from step to step, as nothing but the step itself depends on it. */
  readonly momentum?: keyof Set & string;
  update(values: ValuesOf<Set>): Equations;
}

export const rate = (standard: number) => number({ doc: 'learning rate', default: standard, above: 0 });

export const decay = (standard: number) => ({
  weight_decay: number({ doc: 'how fast weights shrink', default: standard, minimum: 0 }),
  decay_norms: boolean({ doc: 'whether biases and the parameters of norms shrink too', default: true }),
});

export const epsilon = (standard: number) => number({ doc: 'keeps the divisor off 0', default: standard, above: 0 });

/** A share that a running mean keeps at each step. */
export const keeps = (standard: number, doc: string) => number({ doc, default: standard, minimum: 0, below: 1 });

/** As most optimisers with two running means have them. */
export const betas = {
  beta1: keeps(0.9, 'share that the mean of the gradient keeps'),
  beta2: keeps(0.999, 'share that the mean of its square keeps'),
};
