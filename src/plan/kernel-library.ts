/** @file The kernels of the programs of a module, each made once: equal layers have one, whatever their places in memory. */
import { formulaOf, type Node, viewedNode } from '../ir/graph.ts';
import { hashText } from '../ir/hash-text.ts';
import { reductionsOf } from '../ir/verifier.ts';
import type { Buffer, Kernel } from '../loop/ir.ts';
import { lowerFormulas } from '../loop/lower.ts';
import type { Placed } from '../loop/nest.ts';
import type { ScheduleChoice, TargetTraits } from '../loop/schedule.ts';
import { canonicalText } from '../passes/eliminate-common.ts';
import { blocksOf, formulaByLanes, isElementwise } from './flatten-uniform.ts';
import { layoutOfValue, type ValueLayouts } from './lanes.ts';
import { align } from './plan-memory.ts';
import type { Step } from './shared-loops.ts';

export interface WantedKernel {
  readonly step: Step;
  readonly layouts: ValueLayouts;
  /** Blocks of which the kernel runs over all at once. */
  readonly blocks?: number;
}

export interface FoundKernel {
  readonly kernel: Kernel;
  /** In the order of the kernel's buffers. */
  readonly values: readonly Node[];
}

/** Kernels by what they compute over which shapes: equal layers of a network have one. */
export class KernelLibrary {
  readonly #kernels = new Map<string, OrderedKernel & { readonly hash: string }>();

  constructor(readonly traits: TargetTraits) {}

  find(wanted: WantedKernel): FoundKernel & { hash: string } {
    const { step, blocks } = wanted;
    const { operands, values } = numberedOperands(step);
    const text = step.nodes.map((node, k) => textOf(node, operands[k]!, wanted)).join(';');
    const key = `${blocks};${text}`;
    let known = this.#kernels.get(key);
    if (!known) {
      // How many blocks there are at most makes no other kernel of it.
      const hash = hashText(`${blocks !== undefined};${text}`);
      known = { ...this.#lower(wanted, { ...this.traits, ...this.traits.tuned?.get(hash) }), hash };
      this.#kernels.set(key, known);
    }
    const { kernel, order, hash } = known;
    return { kernel, hash, values: order.map((number) => values[number]!) };
  }

  /** Not kept: whoever compares schedules holds them. */
  reschedule(wanted: WantedKernel, choice: ScheduleChoice): FoundKernel {
    const { kernel, order } = this.#lower(wanted, { ...this.traits, ...choice });
    const { values } = numberedOperands(wanted.step);
    return { kernel, values: order.map((number) => values[number]!) };
  }

  #lower({ step, layouts, blocks }: WantedKernel, traits: TargetTraits): OrderedKernel {
    const { operands, values } = numberedOperands(step);
    const areAlike = step.nodes.every((node) => isElementwise(node, layouts.lanesOf));
    if (this.traits.width > 1 && areAlike) return this.#lowerElementwise(step, operands, values);
    const buffers = values.map((node, k): Buffer => {
      const variance = layouts.lanesOf(node) === 'none' ? 'uniform' : 'varying';
      const { length } = layoutOfValue(node, layouts, step.contracted.get(node));
      return { name: `v${k}`, variance, length: blocks && variance === 'varying' ? align(length) * blocks : length };
    });
    const problems = step.nodes.map((node, k) => {
      const places = operands[k]!.map(({ value, number }): Placed => {
        const contracted = step.contracted.get(value);
        const buffer = buffers[number]!;
        const perBlock = blocks ? { perBlock: buffer.length / blocks } : {};
        return { shape: value.shape, buffer, contracted, padded: layouts.padded.get(viewedNode(value)), ...perBlock };
      });
      return {
        formula: formulaOf(node)!,
        operands: places.slice(0, -1),
        result: places.at(-1)!,
        lanes: this.traits.lanes,
        blocks,
      };
    });
    const kernel = lowerFormulas(problems, traits);
    return { kernel, order: kernel.buffers.map((buffer) => buffers.indexOf(buffer)) };
  }

  #lowerElementwise(step: Step, operands: readonly (readonly NumberedValue[])[], values: readonly Node[]) {
    const { lanes } = this.traits;
    const shapeOf = (node: Node) => (node.shape.length === 0 ? [] : [blocksOf(node, lanes)]);
    const buffers = values.map((node, k): Buffer => {
      const isNumber = node.shape.length === 0;
      const length = isNumber ? 1 : blocksOf(node, lanes) * lanes;
      return { name: `v${k}`, variance: isNumber ? 'uniform' : 'varying', length };
    });
    const problems = step.nodes.map((node, k) => {
      const places = operands[k]!.map(({ value, number }) => ({ shape: shapeOf(value), buffer: buffers[number]! }));
      return { formula: formulaByLanes(node, lanes), operands: places.slice(0, -1), result: places.at(-1)!, lanes };
    });
    const kernel = lowerFormulas(problems, this.traits);
    return { kernel, order: kernel.buffers.map((buffer) => buffers.indexOf(buffer)) };
  }
}

interface OrderedKernel {
  readonly kernel: Kernel;
  /** Numbers of the values that are its buffers. */
  readonly order: readonly number[];
}

interface NumberedValue {
  readonly value: Node;
  readonly number: number;
}

/** The operands and the result of each formula, numbered where they first occur. */
function numberedOperands(step: Step): { operands: NumberedValue[][]; values: Node[] } {
  const values: Node[] = [];
  const numberOf = (node: Node): number => {
    const viewed = viewedNode(node);
    const known = values.indexOf(viewed);
    return known >= 0 ? known : values.push(viewed) - 1;
  };
  const operands = step.nodes.map((node) =>
    [...node.inputs, node].map((value) => ({ value, number: numberOf(value) })),
  );
  return { operands, values };
}

/** Text that is equal where the kernel is; names of axes do not matter. */
function textOf(node: Node, operands: readonly NumberedValue[], { step, layouts }: WantedKernel): string {
  const formula = formulaOf(node)!;
  const { axes, output, shared } = formula;
  const values = operands.map(
    ({ value, number }) =>
      `${number}${layouts.lanesOf(value) === 'none' ? 'u' : 'v'}${value.shape}/${step.contracted.get(value)}/${layouts.padded.get(viewedNode(value))}`,
  );
  const all = [...axes, ...reductionsOf(node).flatMap((reduction) => reduction.axes)];
  const numberOf = (name: string) => all.findIndex((axis) => axis.name === name);
  const places = output?.map(({ constant, terms }) => [constant, ...terms.map(([name, by]) => [numberOf(name), by])]);
  const body = canonicalText(formula);
  return [values, axes.map(({ extent }) => extent), places, shared && numberOf(shared.axis), body].join('|');
}
