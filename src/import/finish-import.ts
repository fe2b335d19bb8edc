/** @file Steps of any network as a text of ours, checked by compiling it. */

import { diagnostic } from '../diagnostics/catalogue.ts';
import { DiagnosticError, InternalError } from '../diagnostics/diagnostic.ts';
import type { NamedTensor } from '../exchange/weights/named-tensors.ts';
import { understand } from '../semantics/understand.ts';
import { format } from '../syntax/format.ts';
import { parse } from '../syntax/parse.ts';
import { identifier } from './names.ts';
import { type Printed, printNetwork } from './print-network.ts';
import { stepsOf } from './steps.ts';
import type { Network } from './values.ts';

export interface ImportedNetwork {
  /** Formatted. */
  readonly text: string;
  readonly network: string;
  /** Empty if the values of its weights are not known. */
  readonly weights: readonly NamedTensor[];
  /** What of the file has no part in the network, in words. */
  readonly said: readonly string[];
}

export interface Described {
  readonly name: string;
  /** Of what it was read. */
  readonly comment: string;
  readonly said: readonly string[];
  readonly hasWeights: boolean;
}

/** Reports CNN4306. */
export function finishImport(network: Network, { name, comment, said, hasWeights }: Described): ImportedNetwork {
  const title = identifier(name, 'Network');
  const printed = printNetwork(network, `${title[0]!.toUpperCase()}${title.slice(1)}`, comment);
  return {
    ...checkedText(printed, name),
    weights: hasWeights ? printed.weights : [],
    said: [...said, ...saidOfNorms(network)],
  };
}

/** Norms that have more numbers here than in the model. */
export function saidOfNorms(network: Network): string[] {
  const norms = stepsOf(network).filter(({ unlearned = 0 }) => unlearned > 0);
  if (norms.length === 0) return [];
  const more = norms.reduce((sum, { unlearned }) => sum + unlearned!, 0).toLocaleString('en');
  const [what, learn] = norms.length === 1 ? ['norm has', 'it learns'] : ['norms have', 'they learn'];
  return [
    `${norms.length} batch ${what} a factor of 1 or a term of 0 in the model; here ${learn} them: ${more} parameters more`,
  ];
}

/** The text is a network with these parameters; what the language refuses of it is told. */
export function checkedText({ text, weights }: Printed, name: string): { text: string; network: string } {
  const file = `${name}.cnn`;
  const { elaboration, diagnostics } = understand(text, file);
  if (!elaboration) {
    const [first] = diagnostics.filter(({ severity }) => severity === 'error');
    if (!first) throw new InternalError('import', 'wrote what is no network, and nothing says why');
    const message = `a network cannot be what this model is: ${first.message}`;
    throw new DiagnosticError(
      diagnostic('CNN4306', message, { notes: [{ message: `the language says so with ${first.code}` }] }),
    );
  }
  const wanted = elaboration.states.filter(({ role }) => role !== 'optimizer');
  const found = new Map(weights.map(({ name: own, shape }) => [own, shape.join()]));
  const stray = wanted.find(({ name: own, shape }) => found.get(own) !== shape.join());
  if (stray || wanted.length !== weights.length)
    throw new InternalError('import', `parameters differ from those of the text: ${stray?.name ?? weights.length}`);
  return { text: format(parse(text, file).program, text), network: elaboration.training.name };
}
