/** @file Steps as the text of a network, with blocks for what it has in several places. */
import { functionNames } from '../formula/functions.ts';
import { OPERATORS } from '../ops/registry.ts';
import { identifier, Names } from './names.ts';
import { stepsOf } from './steps.ts';
import { blockName } from './structure/block-names.ts';
import { printBody } from './structure/body-printer.ts';
import { findBlocks } from './structure/find-blocks.ts';
import { labelLayers } from './structure/label-layers.ts';
import { describe } from './structure/parameters.ts';
import { type Block, type Body, bodyOf, type Description, type Part } from './structure/parts.ts';
import { boundNames, copiedWeights, labelsOf } from './structure/shared-layers.ts';
import { valueText } from './texts.ts';
import type { Network, Weight } from './values.ts';

export interface Printed {
  readonly text: string;
  /** By the names that parameters have in the text. */
  readonly weights: readonly (Weight & { readonly name: string })[];
  /** Weights of the file that several layers of the text have a copy of. */
  readonly copied: number;
}

export function printNetwork(network: Network, name: string, comment: string): Printed {
  return new Printer(network).print(name, comment);
}

const OPERATORS_AND_FUNCTIONS: readonly string[] = [...OPERATORS.map(({ name }) => name), ...functionNames()];

class Printer {
  readonly #names = new Names(OPERATORS_AND_FUNCTIONS);
  readonly #body: Body;
  readonly #blocks: readonly Block[];
  readonly #blockNames = new Map<Block, string>();
  readonly #operators = new Map<string, string>();
  readonly #labels = new Map<Part, string>();
  /** By the labels of shared layers, what they are bound to. */
  readonly #bound = new Map<Body, ReadonlyMap<string, string>>();
  readonly #copied: number;

  constructor(readonly network: Network) {
    const steps = stepsOf(network);
    const labels = labelsOf(steps, network.shared);
    this.#copied = copiedWeights(steps, labels);
    this.#body = bodyOf(network, labels);
    this.#blocks = findBlocks(this.#body);
    for (const block of this.#blocks) this.#blockNames.set(block, this.#names.fresh(blockName(block)));
    for (const body of this.#bodies()) {
      for (const { definition, word } of body.parts)
        if (definition && !this.#operators.has(definition)) this.#operators.set(definition, this.#names.fresh(word));
      const blockWord = ({ call }: Part) => this.#blockNames.get(call!.block)!.toLowerCase();
      this.#bound.set(body, boundNames(body, this.#names.copy()));
      for (const [part, label] of labelLayers(body, blockWord, this.#bound.get(body)!)) this.#labels.set(part, label);
    }
  }

  #bodies(): Body[] {
    return [this.#body, ...this.#blocks.map(({ body }) => body)];
  }

  print(name: string, comment: string): Printed {
    const operators = [...this.#operators].map(([definition, own]) => definition.replace('NAME', own));
    const blocks = this.#blocks.flatMap((block) => ['', ...this.#block(block)]);
    const text = [`// ${comment}`, ...operators, ...blocks, '', ...this.#network(name), ''].join('\n');
    // A shared layer has its weights once.
    const weights = new Map(this.#weights(this.#body, 0, '').map((weight) => [weight.name, weight]));
    return { text, weights: [...weights.values()], copied: this.#copied };
  }

  #network(title: string): string[] {
    const names = this.#namesIn(this.#body);
    const inputs = this.network.inputs.map((step) => names.fresh(identifier(step.word, 'image')));
    const bound = new Map(this.#body.inputs.map((part, k) => [part, inputs[k]!]));
    const outputs = this.network.outputs.map(({ name: wanted }, k) => {
      const own = names.fresh(identifier(wanted, 'result'));
      const part = this.#body.results[k]!;
      if (bound.has(part)) return `output ${own} = ${bound.get(part)}`;
      bound.set(part, own);
      return `output ${own}`;
    });
    const shapes = this.network.inputs.map(({ shape }, k) => `input ${inputs[k]}: [${shape.join(', ')}]`);
    const { lines } = this.#printed(this.#body, describe(this.#body, false), names, bound);
    const own = names.fresh(identifier(title, 'Network'));
    return [`network ${own} {`, ...indented([...shapes, '', ...lines, '', ...outputs]), '}'];
  }

  #block(block: Block): string[] {
    const { body, description } = block;
    const names = this.#namesIn(body);
    const parameters = description.parameters.map(({ name, usual }) => {
      names.take(name);
      return usual === undefined ? name : `${name} = ${valueText(usual)}`;
    });
    const bound = new Map([[body.inputs[0]!, 'in']]);
    if (body.adds) bound.set(body.results[0]!, names.fresh('main'));
    const { lines, results } = this.#printed(body, description, names, bound);
    const head = parameters.length > 0 ? `(${parameters.join(', ')})` : '';
    const [main] = results;
    const result = body.adds ? `if in.channels == ${main}.channels { in + ${main} } else { ${main} }` : main;
    return [`block ${this.#blockNames.get(block)}${head} {`, ...indented([...lines, `return ${result}`]), '}'];
  }

  #namesIn(body: Body): Names {
    const names = this.#names.copy();
    for (const name of this.#bound.get(body)!.values()) names.take(name);
    return names;
  }

  #printed(body: Body, description: Description, names: Names, bound: ReadonlyMap<Part, string>) {
    const words = new Map(
      body.parts.map((part) => [
        part,
        part.call
          ? this.#blockNames.get(part.call.block)!
          : part.definition
            ? this.#operators.get(part.definition)!
            : part.word,
      ]),
    );
    const inside = body !== this.#body;
    const declared = new Set(this.#bound.get(body)!.values());
    return printBody({ body, description, names, labels: this.#labels, words, bound, declared, inside });
  }

  /** Of one instance of a body, behind the path of its place; what flows in has its own elsewhere. */
  #weights(body: Body, instance: number, path: string): Printed['weights'] {
    return body.parts.flatMap((part) => {
      const label = this.#labels.get(part);
      if (part.call)
        return part.call.rounds[instance]!.flatMap((inner, round) =>
          this.#weights(part.call!.block.body, inner, `${path}${countedOn(label!, round)}.`),
        );
      if (part.form === 'input') return [];
      return part.steps[instance]!.weights.map((weight) => ({ ...weight, name: `${path}${label}.${weight.leaf}` }));
    });
  }
}

const countedOn = (label: string, round: number): string =>
  round === 0 ? label : label.replace(/\d+$/, (number) => `${Number(number) + round}`);

const indented = (lines: readonly string[]): string[] => lines.map((line) => (line ? `  ${line}` : ''));
