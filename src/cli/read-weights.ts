/** @file Weights for a network from a file of any form: read, renamed, and what fits told. */
import { readBytes } from '../data/files.ts';
import { DarknetNumbers, darknetTensors, wrongDarknet } from '../exchange/weights/darknet-numbers.ts';
import { type Described, fitOf, fitTable } from '../exchange/weights/fit.ts';
import type { NamedTensor } from '../exchange/weights/named-tensors.ts';
import { type Proposal, propose } from '../exchange/weights/propose.ts';
import { readForeignWeights } from '../exchange/weights/read-weights.ts';
import { type Renaming, renamed } from '../exchange/weights/rename.ts';
import { parseSafetensors, tensorValues, writeSafetensors } from '../runtime/safetensors.ts';
import type { WeightsReader } from '../runtime/start-weights.ts';
import type { Elaboration } from '../semantics/model.ts';
import type { Terminal } from './terminal.ts';

/** Of a long proposal. */
const MOST_RULES = 40;

export interface ReadWeightsOptions {
  readonly map?: readonly Renaming[];
}

interface Read {
  /** Absent for safetensors, which is `own`. */
  readonly form?: string;
  readonly own?: Uint8Array;
  readonly tensors: readonly NamedTensor[];
  readonly said: readonly string[];
}

/** Names by which the weights of Darknet go, those of its first layers too. */
const DARKNET = /\.(weights|conv\.\d+)$/i;

/** All tensors of a file, by their new names. Reports CNN4120, CNN4122, CNN4141, CNN4303, CNN4310 to CNN4313, CNN4315. */
export async function readTensors(
  path: string,
  { map = [] }: ReadWeightsOptions = {},
  states?: Elaboration['states'],
): Promise<Read> {
  const found = (await readForeignWeights(path)) ?? ownFile(path, await readBytes(path), states);
  return map.length > 0 ? { ...found, tensors: renamed(found.tensors, map, path) } : found;
}

function ownFile(path: string, own: Uint8Array, states: Elaboration['states'] | undefined): Read {
  if (DARKNET.test(path)) {
    if (!states) throw wrongDarknet(path, 'its numbers have no names without the network that they belong to');
    return { form: 'Darknet', tensors: darknetTensors(new DarknetNumbers(own, path), states), said: [] };
  }
  return { own, tensors: ownTensors(own), said: [] };
}

/** Parameters and running statistics; of a checkpoint not what only training needs. */
function ownTensors(bytes: Uint8Array): NamedTensor[] {
  const own = [...parseSafetensors(bytes).tensors].filter(([name]) => !/^(optimizer\.|best:|last:)/.test(name));
  return own.map(([name, tensor]) => ({ name, shape: tensor.shape, data: tensorValues(name, tensor) }));
}

/** For `loadWeights`: other forms become safetensors, in which checkpoints are; what does not fit is a table. */
export function weightsReader(
  { states }: Pick<Elaboration, 'states'>,
  { map = [] }: ReadWeightsOptions,
  terminal: Terminal,
): WeightsReader {
  const wanted = states.filter(({ role }) => role !== 'optimizer');
  let given: readonly Described[] = [];
  return {
    read: async (path) => {
      const { form, said, bytes, tensors } = await readFor(path, map, wanted);
      if (form !== undefined) terminal.err(`${path}: ${[form, ...said].join(', ')}\n`);
      given = tensors;
      terminal.err(proposalText(propose(wanted, given)));
      return bytes;
    },
    rest: () => {
      const fit = fitOf(wanted, given);
      const whole = fit.taken.length === wanted.length && fit.unused.length === 0;
      return whole ? '' : `\n${fitTable(fit).join('\n')}`;
    },
  };
}

async function readFor(path: string, map: readonly Renaming[], states: Elaboration['states']) {
  const { form, said, tensors, own } = await readTensors(path, { map }, states);
  return { form, said, tensors, bytes: own && map.length === 0 ? own : writeSafetensors(tensors, {}) };
}

function proposalText(proposal: Proposal | undefined): string {
  if (!proposal) return '';
  const { rules, gained, inOrder } = proposal;
  const why = inOrder ? 'shapes fit in the same order' : 'shapes fit, in another order';
  const shown = rules.slice(0, MOST_RULES).map((rule) => `  --map '${rule}'\n`);
  const more = rules.length > MOST_RULES ? `  and ${rules.length - MOST_RULES} more\n` : '';
  return `names differ, ${why}; a proposal that takes ${gained} more tensors:\n${shown.join('')}${more}`;
}
