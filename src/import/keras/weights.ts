/** @file Weights of Keras by their paths (`conv2d/kernel`), in the order of axes that we have. */
import { product } from '../../common/shape.ts';
import { type NamedTensor, refused } from '../../exchange/weights/named-tensors.ts';
import { reordered } from './reordered.ts';

export class KerasWeights {
  readonly #tensors = new Map<string, NamedTensor>();

  constructor(
    tensors: readonly NamedTensor[],
    readonly path: string,
  ) {
    // What models around a layer are called stands before it: the whole name counts first.
    for (const tensor of tensors) this.#tensors.set(tensor.name, tensor);
    for (const tensor of tensors) {
      const parts = tensor.name.split('/');
      for (let k = 1; k < parts.length - 1; k++) {
        const end = parts.slice(k).join('/');
        if (!this.#tensors.has(end)) this.#tensors.set(end, tensor);
      }
    }
  }

  /** Of a layer, in our order. Reports CNN4316 for one that is missing or of another shape. */
  take(layer: string, names: readonly string[], shape: readonly number[], axes: readonly number[]): Float32Array {
    const found = names.map((name) => this.#tensors.get(`${layer}/${name}`)).find((tensor) => tensor !== undefined);
    const path = `${layer}/${names[0]}`;
    const help =
      'write all variables of this network, by their paths: `numpy.savez("weights.npz", **{v.path: v.numpy() for v in model.variables})`';
    if (!found) throw refused('CNN4316', `\`${this.path}\` has no \`${path}\``, help);
    const wanted = axes.map((_, k) => shape[axes.indexOf(k)]!);
    if (product(found.shape) !== product(shape) || found.shape.join() !== wanted.join())
      throw refused(
        'CNN4316',
        `\`${path}\` in \`${this.path}\` is [${found.shape.join(', ')}], the network needs [${wanted.join(', ')}]`,
        help,
      );
    return reordered(found.data, found.shape, axes);
  }
}
