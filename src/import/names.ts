/** @file What layers, inputs and outputs of an ONNX model are called in the language. */
import type { OnnxNode } from '../exchange/onnx/messages.ts';
import { ALL_KEYWORDS } from '../syntax/keywords.ts';

/** Last parts of the names of weights; what stands before them is the layer. */
const LEAVES = /^(.+?)[._/](weight|bias|kernel|gamma|scale|w|b)(:0|_quantized)?$/i;
/** Parts that say nothing of a layer. */
const EMPTY_PARTS = /^(StatefulPartitionedCall|PartitionedCall|ReadVariableOp\w*|)$/;

/**
 * The name of a layer: that of its weight (`features.0.weight`), else of its node where exporters write the path of the
 * layer there (`/layer1/layer1.0/conv1/Conv`); `''` if neither says anything.
 */
export function labelOf(weight: string, node: OnnxNode, word: string): string {
  const generated = /::|^\d+$/.test(weight);
  const scope = node.name.includes('/') ? cleaned(scopeOf(node.name)) : undefined;
  // A part of a layer has its weights under the name of the whole.
  const owner = generated ? '' : cleaned(weight.replace(/[./][^./]*$/, ''));
  if (owner !== '' && owner !== cleaned(weight) && `${scope}.`.startsWith(`${owner}.`)) return owner;
  const leaf = generated ? undefined : LEAVES.exec(weight)?.[1];
  if (leaf) return cleaned(leaf.replace(/\/(Conv2D|MatMul|BiasAdd)$/, ''));
  // What is multiplied or added lies in a parameter of its own.
  if (['scale', 'shift'].includes(word) && !generated && /^[a-z]\w*$/i.test(weight)) return weight;
  if (scope !== undefined) return scope;
  const own = node.name.replace(/_\d+$/, '') === node.opType ? '' : cleaned(node.name);
  return own;
}

/** `/layer1/layer1.0/conv1/Conv`: parts that begin with the part before them stand for both. */
function scopeOf(name: string): string {
  const parts = name.split('/').filter((part) => !EMPTY_PARTS.test(part));
  const scopes = parts.slice(0, -1);
  return scopes.filter((part, k) => !scopes[k + 1]?.startsWith(`${part}.`)).join('.');
}

function cleaned(name: string): string {
  const parts = name.replace(/:\d+$/, '').split(/[./]/);
  return parts
    .filter((part) => !EMPTY_PARTS.test(part))
    .map((part) => part.replace(/\W/g, '_'))
    .join('.');
}

/** A name for the language from any text. */
export function identifier(text: string, otherwise: string): string {
  const name = text
    .replace(/:\d+$/, '')
    .replace(/\W+/g, '_')
    .replace(/^_+|_+$/g, '');
  if (name === '') return otherwise;
  return /^\d/.test(name) ? `${otherwise}_${name}` : name;
}

const KEYWORDS = new Set([
  ...ALL_KEYWORDS.map(({ name }) => name),
  'in',
  'if',
  'else',
  'true',
  'false',
  'and',
  'or',
  'not',
  'from',
  'as',
]);

/** Gives each name once. */
export class Names {
  readonly #taken: Set<string>;

  constructor(reserved: Iterable<string>, keywords: Iterable<string> = KEYWORDS) {
    this.#taken = new Set([...keywords, ...reserved]);
  }

  copy(): Names {
    return new Names(this.#taken, []);
  }

  /** Whether the name was free. */
  take(name: string): boolean {
    const free = !this.#taken.has(name);
    this.#taken.add(name);
    return free;
  }

  /** `wanted`, or with a number behind it. */
  fresh(wanted: string): string {
    let name = wanted;
    for (let k = 2; this.#taken.has(name); k++) name = `${wanted}_${k}`;
    this.#taken.add(name);
    return name;
  }

  /** `stem1`, `stem2`, ... */
  counted(stem: string): string {
    let k = 1;
    while (this.#taken.has(`${stem}${k}`)) k++;
    this.#taken.add(`${stem}${k}`);
    return `${stem}${k}`;
  }
}
