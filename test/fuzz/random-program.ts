/**
 * @file Random programs that are valid. While the text is written, the operators themselves are built on the side: they say
 * which shapes come out and whether attributes are legal, so that nothing about any operator is written here.
 */
import fc from 'fast-check';
import { DiagnosticError } from '../../src/diagnostics/diagnostic.ts';
import { elementCount, type Node, type Shape } from '../../src/ir/graph.ts';
import type { OperatorDefinition } from '../../src/ops/operator.ts';
import { findOperator, OPERATORS } from '../../src/ops/registry.ts';
import { NetworkBuilder } from '../support/build-network.ts';
import { Choices } from './choices.ts';
import { randomLibraryBlock } from './library-blocks.ts';
import { randomAttributes } from './random-attributes.ts';
import { randomFunction } from './random-function.ts';
import { type Head, randomHead } from './random-head.ts';
import { randomOperator } from './random-operator.ts';

/** Numbers that a program is made of; fewer and smaller ones make simpler programs. */
export interface Recipe {
  readonly input: readonly number[];
  readonly statements: readonly (readonly number[])[];
  readonly ending: readonly number[];
}

// Without the bias towards small and large numbers, which would choose the same few operators all the time.
const numbers = (length: number) => fc.noBias(fc.array(fc.nat(9999), { minLength: length, maxLength: length }));

/** Of programs with up to so many statements. */
export const recipesOf = (statements: number): fc.Arbitrary<Recipe> =>
  fc.record({
    input: numbers(8),
    statements: fc.array(numbers(40), { minLength: 1, maxLength: statements, size: 'max' }),
    ending: numbers(60),
  });

/** A value of the network, and what may be frozen of it. */
export interface Value {
  readonly name: string;
  readonly node: Node;
}

/** What stands after an arrow. */
interface Stage {
  readonly text: string;
  readonly node: Node;
}

const LAYERS = OPERATORS.filter(({ kind, inputs }) => kind === 'layer' && inputs === 1);

/** The input whose values are above 0. */
export const POSITIVE = 'positive';

/** Elements of the largest value: three times as many make networks three times as slow. */
const MOST_ELEMENTS = 120;

export class ProgramWriter {
  readonly net = new NetworkBuilder();
  readonly operators = new Set<string>();
  readonly #items: string[] = [];
  /** Blocks of the standard library, by library. */
  readonly #imports = new Map<string, Set<string>>();
  readonly #lines: string[] = [];
  readonly #values: Value[];
  readonly #frozen: string[] = [];
  #names = 0;
  #current: Value;

  constructor({ input, statements, ending }: Recipe) {
    const sizes = new Choices(input);
    const map = [1 + sizes.next(3), 3 + sizes.next(4), 3 + sizes.next(4)];
    // Seldom a signal, as long as its map is wide and high.
    const shape = sizes.rarely(6) ? [map[0]!, map[1]! * map[2]!] : map;
    this.#lines.push(`input image: [${shape.join(', ')}]`);
    this.#current = { name: 'image', node: this.net.input('image', shape) };
    this.#values = [this.#current];
    if (sizes.rarely(4)) this.#secondInput(sizes);
    if (sizes.rarely(4)) this.#positiveInput(sizes);
    for (const drawn of statements) this.#statement(new Choices(drawn));
    this.#end(new Choices(ending));
  }

  get text(): string {
    const imports = [...this.#imports].map(
      ([library, names]) => `import { ${[...names].join(', ')} } from "std/${library}"\n`,
    );
    return `${imports.join('')}${this.#items.join('\n')}\nnetwork Fuzzed(flag = 1) {\n  ${this.#lines.join('\n  ')}\n}\n`;
  }

  fresh(prefix: string): string {
    return `${prefix}${this.#names++}`;
  }

  /** What an operator gives, or nothing where it refuses. */
  attempt(build: () => Node): Node | undefined {
    try {
      const node = build();
      return elementCount(node.shape) <= MOST_ELEMENTS ? node : undefined;
    } catch (error) {
      if (error instanceof DiagnosticError) return undefined;
      throw error;
    }
  }

  layer(operator: string, inputs: readonly Node[], attributes: Readonly<Record<string, unknown>> = {}) {
    return this.attempt(() => this.net.layer(operator, inputs, attributes, this.fresh('sketch')));
  }

  #statement(choices: Choices): void {
    this.#statesMade = 0;
    const kind = choices.next(20);
    if (kind < 6) this.#bind(this.#pipeline(choices, this.#current, 1 + choices.next(3)));
    else if (kind < 9) this.#arithmetic(choices);
    else if (kind === 9) this.#concat(choices);
    else if (kind < 12) this.#block(choices);
    else if (kind === 12) this.#sharedLayer(choices);
    else if (kind === 13) this.#function(choices);
    else if (kind === 14) this.#choice(choices);
    else if (kind === 15) this.#loop(choices);
    else if (kind < 18) this.#operator(choices);
    else this.#libraryBlock(choices);
    if (choices.rarely(12) && this.#isTrained(this.#current.name)) this.#frozen.push(this.#current.name);
  }

  /** Names of values whose binding applies layers with parameters. */
  readonly #trained = new Set<string>();

  #isTrained(name: string): boolean {
    return this.#trained.has(name) && !this.#frozen.includes(name);
  }

  #bind(stage: Stage | undefined): void {
    if (!stage || stage.node === this.#current.node) return;
    const name = this.fresh('v');
    this.#lines.push(`${name} = ${stage.text}`);
    if (this.#statesMade > 0) this.#trained.add(name);
    this.#statesMade = 0;
    this.#current = { name, node: stage.node };
    this.#values.push(this.#current);
  }

  /** Parameters of what the binding under way has accepted. */
  #statesMade = 0;

  /** One layer on a value, as it is written after an arrow. */
  #stage(choices: Choices, x: Node): Stage | undefined {
    const definition = choices.pick(LAYERS);
    for (let tries = 0; tries < 3; tries++) {
      if (x.shape.length === 0 && !definition.takesNumbers) return undefined;
      const { values, texts } = randomAttributes(definition, choices, { shape: x.shape, classes: 3 });
      const before = this.net.states.all.length;
      const node = this.layer(definition.name, [x], values);
      if (!node) continue;
      this.operators.add(definition.name);
      const made = this.net.states.all.length - before;
      this.#statesMade += made;
      const starts = definition.attributes.some((spec) => spec.starts && spec.name in values);
      const settings = made > 0 && choices.rarely(6) ? [choices.pick(starts ? RATES : TRAINING)] : [];
      const given = [...texts, ...settings].join(', ');
      return { text: given ? `${definition.name}(${given})` : definition.name, node };
    }
    return undefined;
  }

  #pipeline(choices: Choices, from: Value, length: number): Stage | undefined {
    let node = from.node;
    const texts: string[] = [];
    for (let k = 0; k < length; k++) {
      const stage = this.#stage(choices, node);
      if (!stage || stage.node.shape.length === 0) continue;
      texts.push(stage.text);
      node = stage.node;
    }
    return texts.length > 0 ? { text: [from.name, ...texts].join(' -> '), node } : undefined;
  }

  /** The value with another: an earlier one, or a branch of its own. */
  #arithmetic(choices: Choices): void {
    const other = choices.rarely(2) ? this.#branch(choices) : this.#earlier(choices);
    if (!other) return;
    const [left, right] = choices.rarely(2) ? [other, this.#current] : [this.#current, other];
    const sign = choices.pick(['+', '-', '*', '/'] as const);
    const operator = { '+': 'add', '-': 'sub', '*': 'mul', '/': 'div' }[sign];
    const divisor = sign === '/' ? this.layer('sigmoid', [right.node]) : right.node;
    const node = divisor && this.layer(operator, [left.node, divisor]);
    if (!node || node.shape.length === 0) return;
    this.operators.add(operator);
    // What is divided by stays away from 0.
    const text = sign === '/' ? `(0.5 + sigmoid(${right.name}))` : right.name;
    this.#bind({ text: `${left.name} ${sign} ${text}`, node });
  }

  #earlier(choices: Choices): Value {
    return choices.pick(this.#values);
  }

  #branch(choices: Choices): Value | undefined {
    const stage = this.#stage(choices, this.#current.node);
    return stage && { name: `(${this.#current.name} -> ${stage.text})`, node: stage.node };
  }

  #concat(choices: Choices): void {
    const others = [this.#earlier(choices), ...(choices.rarely(2) ? [this.#earlier(choices)] : [])];
    const definition = findOperator('concat') as OperatorDefinition;
    for (let tries = 0; tries < 3; tries++) {
      const joined = [this.#current, ...(tries === 2 ? [this.#current] : others)];
      const shape = this.#current.node.shape;
      const { values } = randomAttributes(definition, choices, { shape, classes: 3 });
      const inputs = joined.map(({ node }) => node);
      const node = this.layer('concat', inputs, values);
      if (!node) continue;
      this.operators.add('concat');
      const axis = values.axis ? [`axis: ${values.axis}`] : [];
      return this.#bind({ text: `concat(${[...joined.map(({ name }) => name), ...axis].join(', ')})`, node });
    }
  }

  /** A block of some layers, with a residual where it fits, applied once or repeatedly. */
  #block(choices: Choices): void {
    const isResidual = choices.rarely(2);
    const times = 1 + choices.next(2);
    const inside = { name: 'in', node: this.#current.node };
    const body = this.#pipeline(choices, inside, 1 + choices.next(3));
    const { shape } = this.#current.node;
    if (!body) return;
    const keepsShape = body.node.shape.join() === shape.join();
    const name = this.fresh('Block');
    const result = isResidual && keepsShape ? 'in + main' : 'main';
    this.#items.push(`block ${name} {\n  main = ${body.text}\n  return ${result}\n}`);
    const repeat = keepsShape && times > 1 ? `repeat(${times}) ` : '';
    this.#bind({ text: `${this.#current.name} -> ${repeat}${name}`, node: body.node });
  }

  /** A layer declared once and applied twice: one after the other where it keeps the shape, or side by side. */
  #sharedLayer(choices: Choices): void {
    const { name: from, node: x } = this.#current;
    const stage = this.#stage(choices, x);
    if (!stage || stage.node === x || stage.node.shape.length === 0) return;
    const name = this.fresh('shared');
    this.#lines.push(`${name} = ${stage.text}`);
    const between = choices.pick(['', 'tanh -> ', 'relu -> ']);
    this.#statesMade = 0;
    const keepsShape = stage.node.shape.join() === x.shape.join();
    const text =
      keepsShape && choices.rarely(2)
        ? `${from} -> ${name} -> ${between}${name}`
        : `(${from} -> ${name}) ${choices.pick(['+', '*'])} (sigmoid(${from}) -> ${between}${name})`;
    this.#bind({ text, node: stage.node });
  }

  #function(choices: Choices): void {
    const name = this.fresh('f');
    const body = randomFunction(choices);
    const parameters = /\ba\b/.test(body) ? 'x, a = 0.4' : 'x';
    this.#items.push(`fn ${name}(${parameters}) = ${body}`);
    const { node } = this.#current;
    const text = choices.rarely(2) ? `${name}(${this.#current.name})` : `${this.#current.name} -> ${name}`;
    // A function changes no shape, but the node must be another.
    this.#bind({ text, node: this.net.layer('tanh', [node], {}, this.fresh('sketch')) });
  }

  #choice(choices: Choices): void {
    const stage = this.#stage(choices, this.#current.node);
    if (!stage || stage.node.shape.length === 0) return;
    const [first, second] = choices.rarely(2) ? ['flag > 1', 'flatten'] : ['not flag == 1', 'relu'];
    const text = `if ${first} { ${second} } else { ${stage.text} }`;
    this.#bind({ text: `${this.#current.name} -> ${text}`, node: stage.node });
  }

  /** A `for` over widths, which takes maps and binds a name again. */
  #loop(choices: Choices): void {
    const { name: from, node: x } = this.#current;
    if (x.shape.length !== 3) return;
    const width = 1 + choices.next(4);
    const name = this.fresh('v');
    const node = this.layer('conv', [x], { channels: width, kernel: 1 });
    if (!node) return;
    this.#lines.push(`${name} = ${from} -> tanh`);
    const [head, activation] = choices.rarely(2)
      ? [`width, act in [[2, tanh], [${width}, silu]]`, 'act']
      : [`width in [2, ${width}]`, 'silu'];
    this.#lines.push(`for ${head} { ${name} = ${name} -> conv(width, 1x1) -> ${activation} }`);
    this.#current = { name, node };
    this.#values.push(this.#current);
  }

  #operator(choices: Choices): void {
    const { name: from, node: x } = this.#current;
    const made = randomOperator(this.fresh('own'), choices, x.shape);
    if (!made || elementCount(made.shape) > MOST_ELEMENTS) return;
    this.#items.push(made.item);
    this.#bind({ text: `${from} -> ${made.call}`, node: this.#sketch(made.shape) });
  }

  #libraryBlock(choices: Choices): void {
    const { name: from, node: x } = this.#current;
    const block = randomLibraryBlock(choices, x.shape);
    if (!block || elementCount(block.shape) > MOST_ELEMENTS) return;
    const names = this.#imports.get(block.library) ?? new Set<string>();
    this.#imports.set(block.library, names.add(block.name));
    this.#bind({ text: `${from} -> ${block.name}(${block.arguments.join(', ')})`, node: this.#sketch(block.shape) });
  }

  /** A further input of the same shape, or a list of numbers that weighs the channels. */
  #secondInput(choices: Choices): void {
    const { shape } = this.#current.node;
    const isMap = choices.rarely(2);
    const size = isMap ? shape : [1 + choices.next(4)];
    const other = { name: 'other', node: this.net.input('other', size) };
    this.#lines.push(`input other: [${size.join(', ')}]`);
    this.#values.push(other);
    const text = isMap ? 'image - other' : `image * (other -> dense(${shape[0]}) -> sigmoid)`;
    this.#bind({ text, node: this.#sketch(shape) });
  }

  /** An input above 0, in functions that have no value there, or no derivative: an idle lane must not see 0. */
  #positiveInput(choices: Choices): void {
    const { name } = this.#current;
    const { shape } = this.#current.node;
    this.#lines.push(`input ${POSITIVE}: [${shape.join(', ')}]`);
    if (choices.rarely(2)) {
      this.#lines.push(`units = ${POSITIVE} -> conv(${shape[0]}, 1, bias: false)`);
      return this.#bind({ text: `${name} * units / sqrt(sum(units ^ 2))`, node: this.#sketch(shape) });
    }
    const text = choices.pick(['log(@)', '1 / @', 'sqrt(@)', '@ ^ -2', 'pow(@, 0.3)', '@ / sqrt(sum(@ ^ 2))']);
    this.#bind({ text: `${name} * (${text.replaceAll('@', POSITIVE)})`, node: this.#sketch(shape) });
  }

  /** Something of that shape, where no operator says what it is. */
  #sketch(shape: Shape): Node {
    const name = this.fresh('sketch');
    return this.net.builder.source({ role: 'image', name }, shape, name);
  }

  #end(choices: Choices): void {
    const values = choices.rarely(3) ? [this.#current, this.#earlier(choices)] : [this.#current];
    const heads = values.map((value): Head => randomHead(this, choices, value));
    for (const { target } of heads) if (target) this.#lines.splice(1, 0, target);
    this.#lines.push(...heads.flatMap(({ lines }) => lines));
    this.#lines.push(`loss ${heads.map(({ loss }, k) => (k === 0 ? loss : `0.3 * ${loss}`)).join(' + ')}`);
    this.#lines.push(
      ...heads.flatMap(({ metrics }) => metrics),
      ...heads.map(({ scores }, k) => `output result${k} = ${scores}`),
    );
    if (choices.rarely(3)) this.#lines.push(`output probs = softmax(${heads[0]!.scores})`);
    if (this.#frozen.length > 0) this.#lines.push(`freeze [${this.#frozen.join(', ')}]`);
    this.#items.push(`train Fuzzed {\n  optimizer ${choices.pick(OPTIMIZERS)}\n}`);
  }
}

/** Arguments that every layer with parameters takes. */
const RATES = ['lr_factor: 0.5', 'weight_decay: 0.01', 'lr_factor: 2'];
const TRAINING = [...RATES, 'init: xavier', 'init: normal(0.1)'];

// An `eps` that keeps gradients that are 0 but for rounding from being scaled up to steps of full length.
const OPTIMIZERS = [
  'sgd(lr: 0.01)',
  'sgd(lr: 0.01, momentum: 0.9)',
  'sgd(lr: 0.01, momentum: 0.9, nesterov: true, weight_decay: 0.001)',
  'adam(lr: 0.001, eps: 0.01)',
  'adamw(lr: 0.001, eps: 0.01, weight_decay: 0.1)',
  'rmsprop(lr: 0.001, eps: 0.01)',
];
