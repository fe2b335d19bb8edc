/** @file The statements of a `forward`: one expression for what is used once and at once, a variable for everything else. */
import type { Node } from '../../ir/graph.ts';
import { findOperator } from '../../ops/registry.ts';
import { functionOperator, negation, oneHotVector, overBatch } from '../../semantics/evaluate/elementwise.ts';
import type { Layer, LayerOperand } from '../../semantics/model.ts';
import type { Application } from './application.ts';
import { type Code, code, enclosed, float, listed, Names, textOf } from './code.ts';
import { EXPRESSIONS, LAYERS } from './layers.ts';
import { type FunctionLibrary, RESERVED } from './library.ts';
import { LOSSES } from './losses.ts';
import type { Item, Scope } from './scopes.ts';
import type { Modules } from './trie.ts';

/** Of a line of code. */
const LONGEST = 88;

export interface Place {
  readonly modules: Modules;
  readonly library: FunctionLibrary;
  /** What makes the module of a block. */
  construct(scope: Scope): Code;
  /** What the modules of the scope are reached from. */
  readonly prefix: string;
  /** `self` of the classes; `self.network` where the loss is computed. */
  readonly owner?: string;
}

export class Statements {
  readonly lines: Code[] = [];
  readonly #values: Map<Node, Code>;
  readonly #remaining = new Map<Node, number>();
  readonly #names: Names;
  /** The value that the variable `x` holds. */
  #temporary: Node | undefined;

  constructor(
    readonly place: Place,
    readonly items: readonly Item[],
    given: ReadonlyMap<Node, string>,
    wanted: readonly Node[],
    /** Variables for values that have a name for the reader. */
    readonly preferred: ReadonlyMap<Node, string> = new Map(),
  ) {
    this.#values = new Map([...given].map(([node, name]) => [node, [name]]));
    this.#names = new Names([...RESERVED, 'x', ...given.values()]);
    this.#temporary = [...given].find(([, name]) => name === 'x')?.[0];
    const count = (node: Node) => this.#remaining.set(node, (this.#remaining.get(node) ?? 0) + 1);
    for (const item of items) for (const node of readsOf(item)) count(node);
    for (const node of wanted) count(node);
  }

  write(): this {
    for (let k = 0; k < this.items.length; ) k = this.#loop(k) ?? this.#item(k);
    return this;
  }

  /** Reads the value for the last time, or once. */
  value(node: Node): Code {
    const found = this.#values.get(node);
    if (!found) throw new Error(`no value of ${node.name} in ${this.place.prefix}`);
    this.#remaining.set(node, this.#remaining.get(node)! - 1);
    return found;
  }

  #item(k: number): number {
    const item = this.items[k]!;
    const outputs = item.kind === 'layer' ? [item.layer.output] : item.scope.outputs;
    const expression = item.kind === 'layer' ? this.#layer(item.layer) : this.#call(item.scope);
    if (outputs.length === 1 && this.#isNested(expression, outputs[0]!, this.items[k + 1]))
      this.#values.set(outputs[0]!, expression);
    else this.#assign(outputs, expression, item);
    return k + 1;
  }

  /** Used once, by what follows. */
  #isNested(expression: Code, output: Node, next: Item | undefined): boolean {
    if (this.#remaining.get(output) !== 1 || this.preferred.has(output) || textOf(expression).includes('\n'))
      return false;
    const length = this.place.modules.resolved(textOf(expression)).length;
    // The last value is what is returned.
    if (!next) return length < LONGEST - 8;
    const reads = readsOf(next).filter((node) => node === output).length;
    return reads === 1 && length < LONGEST - 38;
  }

  #assign(outputs: readonly Node[], expression: Code, item: Item): void {
    const targets = outputs.map((output) => {
      const name =
        outputs.length === 1 ? this.#variable(output, item) : this.#names.take(nameOf(item, this.place.prefix));
      this.#values.set(output, [name]);
      return name;
    });
    this.lines.push(code`${targets.join(', ')} = ${expression}`);
  }

  /** `x` for what is passed on, where nothing else needs it; a name of its own for what stays. */
  #variable(output: Node, item: Item): string {
    const wanted = this.preferred.get(output);
    if (wanted !== undefined) return this.#names.take(wanted);
    const held = this.#temporary;
    const free = held === undefined || this.#remaining.get(held) === 0 || !this.#remaining.has(held);
    if (free && (this.#remaining.get(output) ?? 0) <= 1) {
      this.#temporary = output;
      return 'x';
    }
    return this.#names.take(nameOf(item, this.place.prefix));
  }

  /** Modules of a list that feed each other: `for block in self.layer1`. */
  #loop(k: number): number | undefined {
    const { modules, prefix } = this.place;
    const chain = [this.items[k]!];
    const [head] = chain;
    if (head?.kind !== 'call' || head.scope.inputs.length !== 1 || head.scope.outputs.length !== 1) return undefined;
    const path = pathIn(head.scope, prefix);
    const names = modules.listAt(path.slice(0, -1));
    if (!names) return undefined;
    const start = Number(path.at(-1));
    for (let next = this.items[k + chain.length]; next; next = this.items[k + chain.length]) {
      const last = (chain.at(-1) as Extract<Item, { kind: 'call' }>).scope;
      const expected = [...path.slice(0, -1), `${start + chain.length}`].join('.');
      if (next.kind !== 'call' || pathIn(next.scope, prefix).join('.') !== expected || next.scope.outputs.length !== 1)
        break;
      if (
        next.scope.inputs.length !== 1 ||
        next.scope.inputs[0] !== last.outputs[0] ||
        this.#remaining.get(last.outputs[0]!) !== 1
      )
        break;
      chain.push(next);
    }
    if (chain.length < 2) return undefined;
    this.#writeLoop(chain as Extract<Item, { kind: 'call' }>[], path, start, names.length);
    return k + chain.length;
  }

  #writeLoop(
    chain: readonly Extract<Item, { kind: 'call' }>[],
    path: readonly string[],
    start: number,
    size: number,
  ): void {
    for (const { scope } of chain) this.#register(scope);
    const end = start + chain.length;
    const part = start === 0 && end === size ? '' : `[${start || ''}:${end === size ? '' : end}]`;
    const input = this.value(chain[0]!.scope.inputs[0]!);
    const output = chain.at(-1)!.scope.outputs[0]!;
    // No value that is still needed is called so.
    const each = this.#names.take('block');
    const name = this.#variable(output, chain.at(-1)!);
    this.#values.set(output, [name]);
    const list = this.#reach(path.slice(0, -1));
    if (textOf(input) !== name) this.lines.push(code`${name} = ${input}`);
    this.lines.push(code`for ${each} in ${list}${part}:`, code`    ${name} = ${each}(${name})`);
  }

  #reach(path: readonly string[]): string {
    const text = this.place.modules.reach(path);
    return this.place.owner ? text.replace(/^self/, this.place.owner) : text;
  }

  #call(scope: Scope): Code {
    const module = this.#register(scope);
    return code`${module}(${listed(scope.inputs.map((node) => this.value(node)))})`;
  }

  #register(scope: Scope): string {
    return this.place.modules.add(pathIn(scope, this.place.prefix), this.place.construct(scope));
  }

  #layer(layer: Layer): Code {
    const writer = writerOf(layer);
    const { modules, library, prefix } = this.place;
    const owned = (made: Code) => {
      const owner = layer.states[0]!.owner!.layer;
      return [modules.add(owner.slice(prefix.length).split('.'), made)];
    };
    if (!writer) {
      const name = library.define(layer);
      const args = [...new Set(layer.inputs)].map((node) => this.value(node));
      for (const node of duplicates(layer.inputs)) this.value(node);
      const shapes = layer.states.map(
        ({ owner, shape }) =>
          code`${owner!.leaf}=${[{ hint: `${owner!.leaf}_shape`, value: `(${shape.join(', ')}${shape.length === 1 ? ',' : ''})` }]}`,
      );
      const module = shapes.length > 0 ? owned(code`${library.helper('Weights')}(${listed(shapes)})`) : [];
      const weights = layer.states.map(({ owner }) => code`${module}.${owner!.leaf}`);
      return code`${name}(${listed([...args, ...weights])})`;
    }
    const application: Application = {
      layer,
      operands: layer.operands.map((operand) => this.#operand(operand)),
      shapes: layer.inputs.map(({ shape }) => shape),
      owned,
      helper: (name) => library.helper(name),
    };
    return writer(application);
  }

  /** A value with dimensions of 1 where it meets one with more of them. */
  #operand(operand: LayerOperand): Code {
    if ('number' in operand) return [float(operand.number).replace(/\.0$/, '')];
    const value = this.value(operand.node);
    const missing = (operand.shape?.length ?? 0) - operand.node.shape.length;
    if (missing <= 0 || (!operand.node.varying && operand.node.shape.length === 0)) return value;
    return code`${enclosed(value)}[..., ${Array.from({ length: missing }, () => 'None').join(', ')}]`;
  }
}

const duplicates = (nodes: readonly Node[]) => nodes.filter((node, k) => nodes.indexOf(node) < k);

function readsOf(item: Item): readonly Node[] {
  return item.kind === 'call' ? item.scope.inputs : item.layer.inputs;
}

export function pathIn(scope: Scope, prefix: string): string[] {
  return scope.instance!.path.slice(prefix.length).split('.');
}

/** What the program calls the value, as far as its name says it. */
function nameOf(item: Item, prefix: string): string {
  const name = item.kind === 'call' ? item.scope.instance!.path : item.layer.name;
  const own = name.startsWith(prefix) ? name.slice(prefix.length) : name;
  const parts = own.split('.').filter((part) => !/^\d+$/.test(part));
  return parts[0] ?? 'y';
}

/** The usual text of an operator of the language; a definition of the program under its name is another. */
function writerOf({ definition, operator }: Layer) {
  if (findOperator(operator) === definition) return LAYERS[operator] ?? LOSSES[operator];
  if (definition === oneHotVector) return LOSSES.onehot;
  if (definition === overBatch) return LAYERS.mean;
  if (definition === negation) return EXPRESSIONS.neg;
  return functionOperator(operator) === definition ? EXPRESSIONS[operator] : undefined;
}
