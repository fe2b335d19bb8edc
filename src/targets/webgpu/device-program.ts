/**
 * @file From a program with places to what a device is given: kernels as shaders, and one dispatch after the other. All
 * blocks of a batch are computed at once, so each has an arena of its own, one behind the other; inputs and outputs lie in
 * regions of their own, so that a batch is written and read in one piece.
 */
import { InternalError } from '../../diagnostics/diagnostic.ts';
import { elementCount, viewedNode } from '../../ir/graph.ts';
import type { LoweredProgram, PlacedKernel } from '../../plan/lowered-program.ts';
import { align, type Slot, sumRegions } from '../../plan/plan-memory.ts';
import { isBatchSum } from '../../plan/split-phases.ts';
import type { DeviceDispatch, DeviceProgram, DeviceRegion } from './device-types.ts';
import { ADD_COPIES, FIND_GREATEST } from './fixed-kernels.ts';
import { SAFE_BITS, WORKGROUP } from './header.ts';
import { type PrintedKernel, printKernel } from './print-kernel.ts';

/** Where a buffer begins, and how far its copies for blocks, or groups of blocks, are apart. */
interface Place {
  readonly start: number;
  readonly each: number;
}

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

/** What programs of a module have in common. */
export interface DeviceSizes {
  /** Images of a whole batch. */
  readonly maxBlocks: number;
  /** Of an arena: programs take places of each other's, so it is that of the largest. */
  readonly arenaLength: number;
}

/** Phases that apply the gradients are `update`. */
export function deviceProgram(program: LoweredProgram, sizes: DeviceSizes, shaders: Shaders): DeviceProgram {
  const { phases, groups } = program;
  const memory = layOut(program, sizes);
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
        ...kernels.map((kernel) => dispatchOf(kernel, update, memory, shaders)),
      ]);
  const [steps, update] = [dispatchesOf(false), dispatchesOf(true)];
  const watch = update.length > 0 ? watchedRanges(program).map((range) => findGreatest(range, shaders)) : [];
  const { inputs, outputs, length } = memory;
  return { steps, update, watch, groups, inputs, outputs, length };
}

type Range = readonly [start: number, length: number];

/** Gradients and sums over the batch, and the loss: as long as these are small enough, no update overflows. */
function watchedRanges({ graph, plan, slotOf }: LoweredProgram): Range[] {
  const results = graph.results.filter(({ role }) => role === 'gradient' || role === 'loss');
  const sums = sumRegions([...plan.slots].flatMap(([node, slot]) => (isBatchSum(node) ? [slot] : [])));
  return [
    ...sums.map(({ offset, length }): Range => [offset, length]),
    ...results
      .filter(({ node }) => !isBatchSum(viewedNode(node)))
      .map(({ node }): Range => [slotOf(node).start, elementCount(node.shape)]),
  ];
}

/** Floats that each further image takes, about: where a value's place serves another one later is decided anew for each batch. */
export function floatsPerImage(
  { plan }: LoweredProgram,
  { inputs, outputs }: DeviceProgram,
  sizes: DeviceSizes,
): number {
  const ends = [...plan.slots.values()]
    .filter(({ perBlock, arena }) => perBlock > 0 && !arena)
    .map(({ start, perBlock }) => [start, start + perBlock * sizes.maxBlocks] as const)
    .sort(([one], [other]) => one - other);
  let [taken, end] = [0, 0];
  for (const [from, to] of ends) {
    taken += Math.max(0, to - Math.max(from, end));
    end = Math.max(end, to);
  }
  const own = new Map([...inputs, ...outputs].map(({ start, each }) => [start, each]));
  const regions = [...own].reduce((sum, [start, each]) => sum + (start >= plan.arenaStart ? each : 0), 0);
  return Math.floor(taken / sizes.maxBlocks) + regions + align(sizes.arenaLength);
}

/** Workgroups that go through a range together. */
const WATCHERS = 64;

function findGreatest([start, length]: Range, shaders: Shaders): DeviceDispatch {
  const size = Math.min(length, WATCHERS * WORKGROUP);
  return { shader: shaders.add(FIND_GREATEST), over: 'once', size, places: [0, start, length] };
}

interface DeviceMemory extends Pick<DeviceProgram, 'inputs' | 'outputs' | 'length'> {
  readonly placeOf: (slot: Slot) => Place;
}

function layOut(
  { plan, inputs, graph, slotOf }: LoweredProgram,
  { maxBlocks, arenaLength }: DeviceSizes,
): DeviceMemory {
  let free = align(plan.arenaStart);
  const regions = new Map<Slot, DeviceRegion>();
  const region = (slot: Slot): DeviceRegion => {
    const known = regions.get(slot);
    if (known) return known;
    const made = { start: free, each: align(slot.length) };
    if (slot.perBlock > 0) return { start: slot.start, each: slot.perBlock };
    if (!slot.arena) return { start: slot.start, each: 0 };
    free += made.each * maxBlocks;
    regions.set(slot, made);
    return made;
  };
  const inputRegions = inputs.map((node) => region(slotOf(node)));
  const outputs = graph.results.filter(({ role }) => role === 'output');
  const outputRegions = outputs.map(({ node }) => region(slotOf(viewedNode(node))));
  const [arenas, each] = [free, align(arenaLength)];
  const placeOf = (slot: Slot): Place => {
    const own = regions.get(slot);
    if (own) return own;
    if (slot.arena) return { start: arenas + slot.start - plan.arenaStart, each };
    return { start: slot.start, each: slot.perBlock };
  };
  return { placeOf, inputs: inputRegions, outputs: outputRegions, length: arenas + each * maxBlocks };
}

function dispatchOf(placed: PlacedKernel, update: boolean, memory: DeviceMemory, shaders: Shaders): DeviceDispatch {
  const { text, size, sum } = shaders.print(placed);
  if (update && sum >= 0) throw new InternalError('webgpu', 'an update adds up over the batch');
  const places = placed.slots.flatMap((slot, k) => {
    const { start, each } = memory.placeOf(slot);
    return [start, k === sum ? slot.perGroup : each];
  });
  return {
    shader: shaders.add(text, placed.documentation),
    over: sum >= 0 ? 'groups' : placed.nodes.some(({ varying }) => varying) ? 'blocks' : 'once',
    size,
    places: [update ? SAFE_BITS : 0, ...places],
  };
}
