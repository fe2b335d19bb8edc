/** @file Darknet `.weights`: a version, how many images were seen, and the numbers of layer after layer, without any name. Source: parser.c of Darknet. */
import { product } from '../../common/shape.ts';
import { type NamedTensor, refused } from './named-tensors.ts';

const AGAIN = 'name the weights that belong to this network, or fetch the file again';

export function wrongDarknet(path: string, what: string): Error {
  return refused('CNN4315', `\`${path}\`: ${what}`, AGAIN);
}

/** Numbers in order. */
export class DarknetNumbers {
  readonly #values: Float32Array;
  #at = 0;

  constructor(
    bytes: Uint8Array,
    readonly path: string,
  ) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    if (bytes.length < 16) throw wrongDarknet(path, `${bytes.length} bytes are no weights of Darknet`);
    const [major, minor] = [view.getInt32(0, true), view.getInt32(4, true)];
    if (major < 0 || major > 1000 || minor < 0 || minor > 1000)
      throw wrongDarknet(path, `it begins as no weights of Darknet do`);
    const start = major * 10 + minor >= 2 ? 20 : 16;
    if (bytes.length < start || (bytes.length - start) % 4 !== 0) throw wrongDarknet(path, 'it is cut off');
    this.#values = new Float32Array(new Uint8Array(bytes.subarray(start)).buffer);
  }

  get left(): number {
    return this.#values.length - this.#at;
  }

  /** For `what`, which the message names where the file ends. */
  take(count: number, what: string): Float32Array {
    if (count > this.left)
      throw wrongDarknet(this.path, `it ends in \`${what}\`, which needs ${count - this.left} numbers more`);
    this.#at += count;
    return this.#values.slice(this.#at - count, this.#at);
  }
}

interface State {
  readonly name: string;
  readonly shape: readonly number[];
}

/** The order in which Darknet has what a batch norm consists of, before the weights of the convolution in front of it. */
const NORM = ['bias', 'weight', 'running_mean', 'running_var'];

/**
 * The weights of a network in the order of its layers. A file may end behind any layer, as those that hold the first
 * layers of a trained network do. Reports CNN4315.
 */
export function darknetTensors(numbers: DarknetNumbers, states: readonly State[]): NamedTensor[] {
  const layers = new Map<string, Map<string, State>>();
  for (const state of states) {
    const at = state.name.lastIndexOf('.');
    const layer = state.name.slice(0, at);
    const leaves = layers.get(layer) ?? new Map<string, State>();
    layers.set(layer, leaves.set(state.name.slice(at + 1), state));
  }
  const ordered = [...layers];
  const tensors: NamedTensor[] = [];
  for (let k = 0; k < ordered.length && numbers.left > 0; k++) {
    const [name, leaves] = ordered[k]!;
    const next = ordered[k + 1]?.[1];
    const weight = leaves.get('weight');
    if (!weight || weight.shape.length < 2)
      throw wrongDarknet(
        numbers.path,
        `\`${name}\` is neither a convolution nor dense; there are no others in Darknet`,
      );
    const norm = next?.has('running_mean') ? next : undefined;
    const taken = [...(norm ? NORM.map((leaf) => norm.get(leaf)!) : [leaves.get('bias')]), weight];
    if (taken.includes(undefined)) throw wrongDarknet(numbers.path, `\`${name}\` has no bias, which Darknet has`);
    for (const { name: own, shape } of taken as State[])
      tensors.push({ name: own, shape, data: numbers.take(product(shape), own) });
    if (norm) k++;
  }
  if (numbers.left > 0)
    throw wrongDarknet(numbers.path, `it has ${numbers.left} numbers more than the network has weights`);
  return tensors;
}
