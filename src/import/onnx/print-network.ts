/** @file Steps as the text of a network: what is used once flows on in a pipeline, what is used again has a name. */
import { functionNames } from '../../formula/functions.ts';
import { OPERATORS } from '../../ops/registry.ts';
import { identifier, Names } from './names.ts';
import type { Network } from './read-graph.ts';
import { argumentText, numberText } from './texts.ts';
import { isStep, type Step, type Weight } from './values.ts';

export interface Printed {
  readonly text: string;
  /** By the names that parameters have in the text. */
  readonly weights: readonly (Weight & { readonly name: string })[];
}

/** What values are called that neither a layer nor an output gives a name. */
const STEMS: Readonly<Record<string, string>> = {
  '+': 'sum',
  '-': 'difference',
  '*': 'product',
  '/': 'ratio',
  concat: 'joined',
};

export function printNetwork(network: Network, name: string, comment: string): Printed {
  return new Printer(network).print(name, comment);
}

/** Expressions that lie deeper are told in parts. */
const DEEPEST = 3;

class Printer {
  readonly #names = new Names(OPERATORS_AND_FUNCTIONS);
  readonly #steps: readonly Step[];
  readonly #users = new Map<Step, Step[]>();
  readonly #bound = new Map<Step, string>();
  readonly #labels = new Map<Step, string>();
  /** Those that are written as names; others, in quotes, name the layer and nothing else. */
  readonly #bare = new Set<string>();
  readonly #operators = new Map<string, string>();
  readonly #texts = new Map<Step, string>();
  /** How deep parentheses lie in it. */
  readonly #depths = new Map<Step, number>();
  /** The label of the last layer that a value went through. */
  readonly #origins = new Map<Step, string>();

  constructor(readonly network: Network) {
    this.#steps = stepsOf(network);
    for (const step of this.#steps)
      for (const operand of step.operands)
        if (isStep(operand)) this.#users.set(operand, [...(this.#users.get(operand) ?? []), step]);
  }

  print(name: string, comment: string): Printed {
    this.#nameLayers();
    const inputs = this.network.inputs.map((step) => {
      this.#bound.set(step, this.#names.fresh(identifier(step.word, 'image')));
      return `input ${this.#bound.get(step)}: [${step.shape.join(', ')}]`;
    });
    const outputs = this.network.outputs.map(({ name: wanted, step }) => {
      const own = this.#names.fresh(identifier(wanted, 'result'));
      if (this.#bound.has(step)) return `output ${own} = ${this.#bound.get(step)}`;
      this.#bound.set(step, own);
      return `output ${own}`;
    });
    const body = this.#steps.flatMap((step) => this.#statement(step));
    const lines = [...inputs, '', ...body, '', ...outputs].map((line) => (line ? `  ${line}` : ''));
    const operators = [...this.#operators].map(([definition, own]) => definition.replace('NAME', own));
    const title = this.#names.fresh(identifier(name, 'Network'));
    const text = [`// ${comment}`, ...operators, '', `network ${title} {`, ...lines, '}', ''].join('\n');
    return { text, weights: this.#weights() };
  }

  #nameLayers(): void {
    const layers = new Names([], []);
    for (const step of this.#steps) {
      if (step.weights.length === 0) continue;
      const label = layers.fresh(step.label || step.word);
      this.#labels.set(step, label);
      if (/^[a-z_]\w*$/i.test(label) && this.#names.take(label)) this.#bare.add(label);
    }
    for (const step of this.#steps) {
      if (step.definition && !this.#operators.has(step.definition))
        this.#operators.set(step.definition, this.#names.fresh(step.word));
    }
  }

  #weights() {
    return [...this.#labels].flatMap(([{ weights }, label]) =>
      weights.map((weight) => ({ ...weight, name: `${label}.${weight.leaf}` })),
    );
  }

  #statement(step: Step): string[] {
    if (step.form === 'input') return [];
    const text = this.#expression(step);
    const [before] = step.operands.filter((operand) => isStep(operand));
    this.#origins.set(
      step,
      this.#labels.get(step) ?? (step.form === 'stage' ? (this.#origins.get(before!) ?? '') : ''),
    );
    const inner = step.operands.map((operand) =>
      isStep(operand) && !this.#bound.has(operand) ? this.#depths.get(operand)! : 0,
    );
    this.#depths.set(step, Math.max(...inner) + (step.form === 'stage' ? 0 : 1));
    if (!this.#bound.has(step) && !this.#isNamed(step)) {
      this.#texts.set(step, text);
      return [];
    }
    const name = this.#bound.get(step) ?? this.#nameOf(step);
    this.#bound.set(step, name);
    return [`${name} = ${text}`];
  }

  /** Whether it stands in a statement of its own: it is used twice, has many operands, or is a pipeline in an expression. */
  #isNamed(step: Step): boolean {
    const users = this.#users.get(step) ?? [];
    if (users.length !== 1 || step.word === 'concat' || this.#depths.get(step)! >= DEEPEST) return true;
    return step.form === 'stage' && users[0]!.form !== 'stage';
  }

  #nameOf(step: Step): string {
    const origin = this.#origins.get(step)!;
    if (origin.includes('.')) return this.#names.fresh(identifier(origin, 'x'));
    if (origin !== '') return this.#names.fresh(`after_${origin}`);
    return this.#names.counted(STEMS[step.word] ?? step.word);
  }

  #expression(step: Step): string {
    const { form, word, operands, definition } = step;
    const name = definition ? this.#operators.get(definition)! : word;
    if (form === 'infix') return operands.map((operand) => this.#operand(operand, true)).join(` ${word} `);
    if (form === 'call')
      return `${name}(${[...operands.map((operand) => this.#operand(operand, false)), ...argumentsOf(step)].join(', ')})`;
    const label = this.#labels.get(step);
    const given = argumentsOf(step);
    const called = given.length > 0 ? `${name}(${given.join(', ')})` : name;
    return `${this.#operand(operands[0]!, true)} -> ${label === undefined ? '' : `${this.#bare.has(label) ? label : `"${label}"`}: `}${called}`;
  }

  #operand(operand: Step | number, within: boolean): string {
    if (!isStep(operand)) return operand < 0 && within ? `(${numberText(operand)})` : numberText(operand);
    const bound = this.#bound.get(operand);
    if (bound !== undefined) return bound;
    const text = this.#texts.get(operand)!;
    return within && operand.form === 'infix' ? `(${text})` : text;
  }
}

const argumentsOf = (step: Step): string[] => step.arguments.flatMap((argument) => argumentText(argument) ?? []);

const OPERATORS_AND_FUNCTIONS: readonly string[] = [...OPERATORS.map(({ name }) => name), ...functionNames()];

/** All that the outputs depend on, each behind what it depends on. */
function stepsOf({ inputs, outputs }: Network): Step[] {
  const found = new Set<Step>(inputs);
  const waiting = outputs.map(({ step }) => ({ step, open: true })).reverse();
  while (waiting.length > 0) {
    const { step, open } = waiting.pop()!;
    if (found.has(step)) continue;
    if (!open) {
      found.add(step);
      continue;
    }
    waiting.push({ step, open: false });
    for (const operand of [...step.operands].reverse())
      if (isStep(operand) && !found.has(operand)) waiting.push({ step: operand, open: true });
  }
  return [...found];
}
