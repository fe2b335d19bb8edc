/**
 * @file From a program with places to what a device is given: kernels as shaders, and one dispatch after the other, each for all
 * blocks of a batch.
 */
import { InternalError } from '../../diagnostics/diagnostic.ts';
import { type Node, viewedNode } from '../../ir/graph.ts';
import type { LoweredProgram, PlacedKernel } from '../../plan/lowered-program.ts';
import { lastingNodes } from '../../plan/plan-at-once.ts';
import { type Slot, type SumRegion, sumRegions } from '../../plan/plan-memory.ts';
import { isBatchSum } from '../../plan/split-phases.ts';
import type { DeviceDispatch, DeviceProgram, DeviceRegion } from './device-types.ts';
import { ADD_COPIES, FIND_GREATEST } from './fixed-kernels.ts';
import { SAFE_BITS, WORKGROUP } from './header.ts';
import { type PrintedKernel, printKernel } from './print-kernel.ts';

/** Shaders by their text: kernels that differ only in their places are one. */
export class Shaders {
  readonly texts: string[] = [];
  readonly #known = new Map<string, number>();
  readonly #printed = new Map<object, PrintedKernel>();

  /** Rounds of a sum from which on a workgroup shares it: fewer for tests of small networks. */
  constructor(readonly worthSharing?: number) {}

  add(text: string, documentation: readonly string[] = []): number {
    const known = this.#known.get(text);
    if (known !== undefined) return known;
    const comments = documentation.map((line) => `// ${line}\n`).join('');
    const number = this.texts.push(comments + text) - 1;
    this.#known.set(text, number);
    return number;
  }

  print({ kernel, nodes }: PlacedKernel): PrintedKernel {
    const known = this.#printed.get(kernel) ?? printKernel(kernel, nodes.some(isBatchSum), this.worthSharing);
    this.#printed.set(kernel, known);
    return known;
  }
}

/** Phases that apply the gradients are `update`. */
export function deviceProgram(program: LoweredProgram, shaders: Shaders): DeviceProgram {
  const { phases, groups, graph, inputs, plan, slotOf } = program;
  const dispatchesOf = (update: boolean) =>
    phases
      .filter((phase) => phase.update === update)
      .flatMap(({ combines, kernels }): DeviceDispatch[] => [
        ...combines.map(({ offset, length, perGroup }) => ({
          shader: shaders.add(ADD_COPIES),
          over: 'once' as const,
          size: length,
          places: [0, offset, length, perGroup],
        })),
        ...kernels.map((kernel) => dispatchOf(kernel, update, shaders)),
      ]);
  const [steps, update] = [dispatchesOf(false), dispatchesOf(true)];
  const watch = update.length > 0 ? watchedRanges(program).map((range) => findGreatest(range, shaders)) : [];
  const region = (node: Node) => placeOf(slotOf(viewedNode(node)));
  const outputs = graph.results.flatMap(({ role, node }) => (role === 'output' ? [region(node)] : []));
  return { steps, update, watch, groups, inputs: inputs.map(region), outputs, length: plan.end };
}

/** What lasts until the update. Neighbours are gone through at once. */
function watchedRanges({ graph, phases, slotOf }: LoweredProgram): SumRegion[] {
  const updates = phases.filter(({ update }) => update).flatMap(({ kernels }) => kernels.flatMap(({ nodes }) => nodes));
  return sumRegions(lastingNodes(graph, new Set(updates)).map(slotOf));
}

/** Workgroups that go through a range together. */
const WATCHERS = 64;

function findGreatest({ offset, length }: SumRegion, shaders: Shaders): DeviceDispatch {
  const size = Math.min(length, WATCHERS * WORKGROUP);
  return { shader: shaders.add(FIND_GREATEST), over: 'once', size, places: [0, offset, length] };
}

function placeOf({ start, perBlock }: Slot): DeviceRegion {
  return { start, each: perBlock };
}

function dispatchOf(placed: PlacedKernel, update: boolean, shaders: Shaders): DeviceDispatch {
  const { text, size, sum } = shaders.print(placed);
  if (update && sum >= 0) throw new InternalError('webgpu', 'an update adds up over the batch');
  const places = placed.slots.flatMap((slot, k) => {
    const { start, each } = placeOf(slot);
    return [start, k === sum ? slot.perGroup : each];
  });
  return {
    shader: shaders.add(text, placed.documentation),
    over: sum >= 0 ? 'groups' : placed.nodes.some(({ varying }) => varying) ? 'blocks' : 'once',
    size,
    places: [update ? SAFE_BITS : 0, ...places],
  };
}
