/**
 * @file The contractions of a training step as functions that can be called one at a time, with the work that each does:
 * for measuring them against the machine.
 */
import { executedOperationsOf, factorsOf } from '../analysis/cost.ts';
import { formulaOf, type Node } from '../ir/graph.ts';
import { operationsText } from '../ir/origin.ts';
import { accessesOf, type Reduction, reductionOf, type Scalar } from '../ir/scalar.ts';
import type { LoweredProgram, PlacedKernel } from '../plan/lowered-program.ts';
import type { ModulePlan } from '../plan/plan-module.ts';
import { compileWasm } from '../targets/wasm/compile-module.ts';
import type { WasmModule } from '../targets/wasm/encoder.ts';

export interface Contraction {
  /** The value that it computes: `conv1`, `d.conv1.weight`. */
  readonly name: string;
  /** What that is: `conv`, `gradient of conv (uniform)`. */
  readonly label: string;
  /** With transformations before and behind the products (minimal filtering); they are not counted as work. */
  readonly tiled: boolean;
  /** Axes with their extents; equal label, box and work mean equal kernels. */
  readonly box: string;
  /** Operations for one block of images. */
  readonly flops: number;
  /** Blocks that one call is for: 1, or all of a group, which is then called with `(0, group, blocks)`. */
  readonly blocks: number;
}

export interface IsolatedKernel extends Contraction {
  /** Name of the exported function `(block, group, arena)`. */
  readonly export: string;
}

export interface IsolatedKernels extends WasmModule {
  readonly kernels: readonly IsolatedKernel[];
  /** Of the imported memory. */
  readonly memoryBytes: number;
}

/** `plan`: for one group of blocks. */
export function isolateKernels(plan: ModulePlan): IsolatedKernels {
  const program = plan.programs.train.lowered;
  const single = oneKernelPerPhase(program);
  const compiled = compileWasm([single], plan.memoryLength, false);
  const kernels = single.phases.flatMap((phase, k) => {
    const contraction = contractionOf(phase.kernels[0]!, plan);
    return contraction ? [{ ...contraction, export: compiled.phases[k]!.export }] : [];
  });
  return { ...compiled, kernels, memoryBytes: plan.memoryLength * 4 };
}

/** Nothing where the kernel computes something else. */
export function contractionOf({ nodes, kernel }: PlacedKernel, plan: ModulePlan): Contraction | undefined {
  const { lanes } = plan.traits;
  const node = nodes.find((candidate) => isContraction(candidate));
  if (!node) return undefined;
  const flops = Math.round(executedOperationsOf(node) * lanes);
  const { name, origins } = nodes.at(-1)!;
  const blocks = kernel.overBlocks ? Math.ceil(plan.maxBatch / lanes) : 1;
  return { name, label: operationsText(origins), tiled: nodes.length > 1, box: boxOf(node), flops, blocks };
}

/** So that each can be called alone. */
export function oneKernelPerPhase(program: LoweredProgram): LoweredProgram {
  const phases = program.phases.flatMap((phase) =>
    phase.kernels.map((kernel) => ({ ...phase, combines: [], kernels: [kernel] })),
  );
  return { ...program, phases };
}

/**
 * A sum of products in which each of two factors lacks an axis that the other has: only then can loads be shared. Images
 * are an axis that uniform operands lack, so a dense layer is one too.
 */
function isContraction(node: Node): boolean {
  const reduction = reductionOf(formulaOf(node)!.body);
  if (!reduction) return false;
  const { operator, body } = reduction;
  const axes = factorsOf(body).map((factor) => axesOf(factor, node));
  const lacks = (one: ReadonlySet<string>, other: ReadonlySet<string>) => [...other].some((axis) => !one.has(axis));
  return operator === 'sum' && axes.some((one) => axes.some((other) => lacks(one, other) && lacks(other, one)));
}

function axesOf(factor: Scalar, node: Node): ReadonlySet<string> {
  const axes = new Set<string>();
  for (const { operand, indices } of accessesOf(factor)) {
    if (node.inputs[operand]!.varying) axes.add('images');
    for (const { affine } of indices) for (const [axis] of affine.terms) axes.add(axis);
  }
  return axes;
}

function boxOf(node: Node): string {
  const reduction = reductionOf(formulaOf(node)!.body)!;
  const show = (axes: Reduction['axes']) => axes.map(({ name, extent }) => `${name} ${extent}`).join(' ');
  return `${show(formulaOf(node)!.axes)} : ${show(reduction.axes)}`;
}
