/** @file Functions that the file needs beside its classes: helpers with a fixed text, and formulas of the program. */
import { helperText, pythonParts } from 'cnnc:pytorch';
import { sourceOf } from '../../ir/graph.ts';
import type { Layer } from '../../semantics/model.ts';
import { identifier, indented, Names } from './code.ts';
import { definitionsOf } from './definitions.ts';
import { functionText, Inexpressible } from './functions.ts';

/** Top-level definitions of the helpers, by name. */
const HELPERS = definitionsOf(helperText);

/** What the training script defines. */
const SCRIPT = [
  ...Object.values(pythonParts).flatMap((text) =>
    [...text.matchAll(/^(?:def|class) (\w+)/gm)].map(([, name]) => name!),
  ),
  ...'Lion cycle schedule set_rate observe augment mixture training_batch clip build make_objective make_optimizer'.split(
    ' ',
  ),
  ...'all_reduce argparse csv gzip json os re struct sys time HERE READERS SUGGESTED INPUTS TARGETS METRICS FINISH OWN STARTS INIT NAME DATA'.split(
    ' ',
  ),
  ...'EPOCHS BATCH ACCUMULATE LEARNING_RATE SEED PATIENCE WATCH VALIDATION UNUSED AVERAGE'.split(' '),
];

/** Names at the top of a file. */
export const topNames = (): readonly string[] => [...RESERVED, ...SCRIPT];

export const RESERVED = [
  ...HELPERS.keys(),
  ...'self torch nn F math np dist len range print max min abs pow sum round float int tuple list dict zip map open hash type super format filter'.split(
    ' ',
  ),
];

export class FunctionLibrary {
  readonly names: Names;
  readonly #helpers = new Set<string>();
  readonly #functions = new Map<string, string>();

  constructor(names: Names) {
    this.names = names;
  }

  helper(name: string): string {
    if (this.#helpers.has(name)) return name;
    const text = HELPERS.get(name)!;
    this.#helpers.add(name);
    for (const other of HELPERS.keys())
      if (other !== name && new RegExp(`\\b${other}\\(`).test(text)) this.helper(other);
    return name;
  }

  /** A function for the formulas of a layer; its name. Equal formulas share one. */
  define(layer: Layer): string {
    const operands = [...new Set(layer.inputs)];
    const states = layer.states.map((state) => stateNode(layer, state.name));
    const names = new Names(RESERVED);
    const parameters = [
      ...operands.map((_, k) =>
        names.take(
          layer.operands.find((one) => 'node' in one && one.node === operands[k])?.parameter ?? 'xyzuvw'[k] ?? 'x',
        ),
      ),
      ...layer.states.map(({ owner }) => names.take(owner!.leaf)),
    ];
    const { lines } = functionText([...operands, ...states], layer.output, parameters);
    const head = `(${parameters.join(', ')}):`;
    const doc = `    """${sentence(layer.definition.summary)}"""`;
    const body = [doc, ...indented(lines)].join('\n');
    const key = `${layer.operator}${head}\n${body}`;
    const known = this.#functions.get(key);
    if (known) return known;
    for (const helper of ['grid', 'take', 'spread']) if (body.includes(`${helper}(`)) this.helper(helper);
    const name = this.names.take(layer.operator);
    this.#functions.set(key, name);
    return name;
  }

  /** Definitions, those that others need first. */
  texts(): string[] {
    const helpers = [...HELPERS].filter(([name]) => this.#helpers.has(name)).map(([, text]) => text);
    const functions = [...this.#functions].map(([key, name]) => `def ${name}${key.slice(key.indexOf('('))}`);
    return [...helpers, ...functions];
  }
}

const sentence = (summary: string) => {
  const text = summary
    .replaceAll('`', '')
    .replaceAll('\\', '/')
    .replace(/[.:]?$/, '.');
  return text[0]!.toUpperCase() + text.slice(1);
};

/** The value by which the formulas read a state. */
function stateNode({ output, operator }: Layer, name: string) {
  const seen = new Set([output]);
  for (const node of seen) {
    const source = sourceOf(node);
    if (source?.role === 'state' && source.state.name === name) return node;
    for (const input of node.inputs) seen.add(input);
  }
  throw new Inexpressible(`\`${operator}\` does not read \`${identifier(name)}\``);
}
