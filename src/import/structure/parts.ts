/**
 * @file The body of a network or of a block that is being found: parts in an order of execution. A part of a block stands for
 * one step of the network in each place where the block is applied, its _instances_; what differs between them is a list,
 * an item for each instance.
 */
import { stepsOf } from '../steps.ts';
import { type ArgumentValue, isStep, type Network, type Step } from '../values.ts';

/** An argument of a part, with its value in each instance. */
export interface Varied {
  readonly name?: string;
  readonly usual?: ArgumentValue;
  readonly values: readonly ArgumentValue[];
}

export interface Part {
  readonly form: Step['form'];
  readonly word: string;
  operands: readonly (Part | number)[];
  readonly arguments: readonly Varied[];
  readonly definition?: string;
  /** The step in each instance. */
  readonly steps: readonly Step[];
  /** Of the layer, behind the path of the block around it; `''` without weights. */
  readonly label: string;
  /** Whether the label may become any other, as the model does not say how the layer is called. */
  readonly free: boolean;
  /** A block that is applied in place of a layer. */
  readonly call?: Call;
}

/** What several places of a network have in common. */
export interface Block {
  readonly body: Body;
  readonly instances: number;
  /** Of its first place, if the model says what it is called. */
  readonly path?: string;
  description: Description;
}

export interface Parameter {
  readonly name: string;
  readonly values: readonly ArgumentValue[];
  /** What holds where it is not given. */
  readonly usual?: ArgumentValue;
}

/** How a body is written: what it is given, and the arguments of its parts in terms of that. */
export interface Description {
  readonly parameters: readonly Parameter[];
  readonly texts: ReadonlyMap<Part, PartTexts>;
}

export interface PartTexts {
  readonly arguments: readonly string[];
  /** How often a block is repeated, unless it is applied once. */
  readonly count?: string;
}

export interface Call {
  readonly block: Block;
  /** Which instances of the block these are: for each instance of the body around it, one for each round. */
  readonly rounds: readonly (readonly number[])[];
}

export interface Body {
  parts: Part[];
  /** The values that flow in: of a block, one. */
  readonly inputs: readonly Part[];
  /** What flows out. */
  results: Part[];
  /** Of a block: where it keeps the number of channels, what flows in is added. */
  readonly adds?: true;
}

export const isPart = (operand: Part | number): operand is Part => typeof operand === 'object';

/** Parts that have weights, or blocks that have. */
export const isLayer = ({ label }: Part): boolean => label !== '';

export function bodyOf(network: Network, labels: ReadonlyMap<Step, string>): Body {
  const parts = new Map<Step, Part>();
  for (const step of stepsOf(network)) {
    parts.set(step, {
      form: step.form,
      word: step.word,
      operands: step.operands.map((operand) => (isStep(operand) ? parts.get(operand)! : operand)),
      arguments: step.arguments.map(({ value, ...rest }) => ({ ...rest, values: [value] })),
      ...(step.definition && { definition: step.definition }),
      steps: [step],
      label: labels.get(step) ?? '',
      free: step.label === '',
    });
  }
  return {
    parts: [...parts.values()],
    inputs: network.inputs.map((step) => parts.get(step)!),
    results: network.outputs.map(({ step }) => parts.get(step)!),
  };
}

/** Those that read each part; what flows out of the body is read once more, by `undefined`. */
export function usersOf({ parts, results }: Body): Map<Part, (Part | undefined)[]> {
  const users = new Map<Part, (Part | undefined)[]>(parts.map((part) => [part, []]));
  for (const part of parts) for (const operand of part.operands) if (isPart(operand)) users.get(operand)!.push(part);
  for (const result of results) users.get(result)!.push(undefined);
  return users;
}
