/** @file Steps of any network as a text of ours, checked by compiling it. */

import type { NamedTensor } from '../exchange/weights/named-tensors.ts';
import { checkedText } from './onnx/import.ts';
import { identifier } from './onnx/names.ts';
import { printNetwork } from './onnx/print-network.ts';
import type { Network } from './onnx/values.ts';

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
  return { ...checkedText(printed, name), weights: hasWeights ? printed.weights : [], said };
}
