/** @file The kernels of the programs of a module, each made once: equal layers have one, whatever their places in memory. */
import { type Formula, type Node, viewedNode } from '../ir/graph.ts';
import { hashText } from '../ir/hash-text.ts';
import { reductionOf } from '../ir/scalar.ts';
import type { Buffer, Kernel } from '../loop/ir.ts';
import { lowerFormulas } from '../loop/lower.ts';
import type { Placed } from '../loop/nest.ts';
import type { ScheduleChoice, TargetTraits } from '../loop/schedule.ts';
import { canonicalText } from '../passes/eliminate-common.ts';
import { divideWork } from './divide-work.ts';
import { blocksOf, formulaByLanes, isElementwise } from './flatten-uniform.ts';
import { formulaInLanes, type Met } from './lane-formula.ts';
import { layoutOfValue, type ValueLayouts } from './lanes.ts';
import { align } from './plan-memory.ts';
import type { Step } from './shared-loops.ts';

export interface WantedKernel {
  readonly step: Step;
  readonly layouts: ValueLayouts;
  /** Blocks of which the kernel runs over all at once. */
  readonly blocks?: number;
  /** Threads run it together, if there is enough to do. */
  readonly divided?: boolean;
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
    const { blocks } = wanted;
    const { formulas, values } = numbered(wanted);
    const text = formulas.map((formula) => textOf(formula, wanted)).join(';');
    const key = `${blocks};${text}`;
    let known = this.#kernels.get(key);
    if (!known) {
      // How many blocks there are at most makes no other kernel of it.
      const hash = hashText(`${blocks !== undefined};${text}`);
      const { kernel, order } = this.#lower(wanted, { ...this.traits, ...this.traits.tuned?.get(hash) });
      known = { kernel: wanted.divided ? divideWork(kernel, wanted.step.nodes) : kernel, order, hash };
      this.#kernels.set(key, known);
    }
    const { kernel, order, hash } = known;
    return { kernel, hash, values: order.map((number) => values[number]!.value) };
  }

  /** Not kept: whoever compares schedules holds them. */
  reschedule(wanted: WantedKernel, choice: ScheduleChoice): FoundKernel {
    const { kernel, order } = this.#lower(wanted, { ...this.traits, ...choice });
    const { values } = numbered(wanted);
    return { kernel, values: order.map((number) => values[number]!.value) };
  }

  #lower(wanted: WantedKernel, traits: TargetTraits): OrderedKernel {
    const { step, layouts, blocks } = wanted;
    const { formulas, values } = numbered(wanted);
    const areAlike = step.nodes.every((node) => isElementwise(node, layouts.lanesOf));
    if (this.traits.width > 1 && areAlike) return this.#lowerElementwise(step, formulas, values);
    const buffers = values.map(({ value, vector }, k): Buffer => {
      const { length } = layoutOfValue(value, layouts, step.contracted.get(value));
      const variance = vector ? 'varying' : 'uniform';
      return { name: `v${k}`, variance, length: blocks && vector ? align(length) * blocks : length };
    });
    const place = ({ value, shape, lanes, number }: Numbered): Placed => {
      const contracted = step.contracted.get(value);
      const buffer = buffers[number]!;
      const perBlock = blocks ? { perBlock: buffer.length / blocks } : {};
      return { shape, buffer, lanes, contracted, padded: layouts.padded.get(viewedNode(value)), ...perBlock };
    };
    const problems = formulas.map(({ formula, operands, result }) => {
      const cutBorders = result.vector && result.lanes !== 'images';
      const places = { operands: operands.map(place), result: place(result) };
      return { formula, ...places, lanes: this.traits.lanes, blocks, cutBorders };
    });
    return ordered(lowerFormulas(problems, traits), buffers);
  }

  #lowerElementwise(step: Step, formulas: readonly NumberedFormula[], values: readonly Met[]): OrderedKernel {
    const { lanes } = this.traits;
    const isNumber = (node: Node) => node.shape.length === 0;
    const buffers = values.map(({ value }, k): Buffer => {
      const length = isNumber(value) ? 1 : blocksOf(value, lanes) * lanes;
      return { name: `v${k}`, variance: isNumber(value) ? 'uniform' : 'varying', length };
    });
    const place = ({ value, number }: Numbered): Placed => ({
      shape: isNumber(value) ? [] : [blocksOf(value, lanes)],
      buffer: buffers[number]!,
      lanes: isNumber(value) ? 'none' : 'images',
    });
    const problems = formulas.map(({ operands, result }, k) => {
      const formula = formulaByLanes(step.nodes[k]!, lanes);
      return { formula, operands: operands.map(place), result: place(result), lanes };
    });
    return ordered(lowerFormulas(problems, this.traits), buffers);
  }
}

interface OrderedKernel {
  readonly kernel: Kernel;
  /** Numbers of the values that are its buffers. */
  readonly order: readonly number[];
}

function ordered(kernel: Kernel, buffers: readonly Buffer[]): OrderedKernel {
  return { kernel, order: kernel.buffers.map((buffer) => buffers.indexOf(buffer)) };
}

interface Numbered extends Met {
  readonly number: number;
}

interface NumberedFormula {
  readonly formula: Formula;
  readonly operands: readonly Numbered[];
  readonly result: Numbered;
}

/**
 * The formulas of a step, their operands and results numbered where they first occur: by where they lie, and whether vectors
 * are read of them.
 */
function numbered({ step, layouts }: WantedKernel): { formulas: NumberedFormula[]; values: Met[] } {
  const values: Met[] = [];
  const withNumber = (met: Met): Numbered => {
    const value = viewedNode(met.value);
    const known = values.findIndex((other) => other.value === value && other.vector === met.vector);
    return { ...met, number: known >= 0 ? known : values.push({ ...met, value }) - 1 };
  };
  const formulas = step.nodes.map((node): NumberedFormula => {
    const {
      formula: { shared, ...whole },
      operands,
      result,
    } = formulaInLanes(node, layouts);
    const formula = shared && !step.alone ? { ...whole, shared } : whole;
    return { formula, operands: operands.map(withNumber), result: withNumber(result) };
  });
  return { formulas, values };
}

/** Text that is equal where the kernel is; names of axes do not matter. */
function textOf({ formula, operands, result }: NumberedFormula, { step, layouts }: WantedKernel): string {
  const { axes, output, shared } = formula;
  const values = [...operands, result].map(({ value, number, vector, shape, lanes }) => {
    const along = typeof lanes === 'string' ? '' : `/${lanes.joined ?? 0}-${lanes.dimension}${lanes.groups}`;
    const held = `${step.contracted.get(value)}/${layouts.padded.get(viewedNode(value))}`;
    return `${number}${vector ? 'v' : 'u'}${shape}/${held}${along}`;
  });
  const all = [...axes, ...(reductionOf(formula.body)?.axes ?? [])];
  const numberOf = (name: string) => all.findIndex((axis) => axis.name === name);
  const places = output?.map(({ constant, terms }) => [constant, ...terms.map(([name, by]) => [numberOf(name), by])]);
  const body = canonicalText(formula);
  return [values, axes.map(({ extent }) => extent), places, shared && numberOf(shared.axis), body].join('|');
}
