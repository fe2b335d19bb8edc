/**
 * @file Equal blocks in a row become one box with their number. They are equal if their layers have the same operators,
 * attributes and shapes, weights of their own, and read each other in the same way; in a row if each reads the one before.
 * Flows of those left out become flows of the one that stands for all, so that what skips over them is still drawn; those from
 * one to the next are what the number says.
 */
import type { Layer, Model } from '../semantics/model.ts';
import { allBoxes, type Box, type Flow, isBlock, joinedFlows, type Picture, textOf } from './boxes.ts';

export function foldRepeats({ name, boxes, flows }: Picture, { layers }: Pick<Model, 'layers'>): Picture {
  const keyOf = structureKeys(layers, flows);
  const isRow = (last: Box, next: Box) =>
    !isShared(last, next) && reads(flows, last, next) && keyOf(last) === keyOf(next);
  const kept = new Map<string, string>();
  const fold = (level: readonly Box[]): Box[] => {
    const folded: Box[] = [];
    for (const box of level) {
      const last = folded.at(-1);
      if (last && isBlock(box) && isBlock(last) && isRow(last, box)) {
        const first = last.layers.slice(0, box.layers.length);
        for (const [k, layer] of box.layers.entries()) kept.set(layer, first[k]!);
        folded[folded.length - 1] = joined(last, box);
      } else folded.push(box);
    }
    return folded.map((box) => (isBlock(box) ? { ...box, children: fold(box.children) } : box));
  };
  const found = fold(boxes);
  const end = (id: string): string => (kept.has(id) ? end(kept.get(id)!) : id);
  const between = betweenCopies(found);
  return {
    name,
    boxes: found,
    flows: joinedFlows(
      flows.filter((flow) => !between(flow)),
      end,
    ),
  };
}

/** Whether a flow leads from one of the blocks that a box stands for to another. */
function betweenCopies(boxes: readonly Box[]): (flow: Flow) => boolean {
  const copies = new Map<string, string[]>();
  for (const { id, layers, count = 1 } of allBoxes(boxes)) {
    if (count === 1) continue;
    const size = layers.length / count;
    for (const [k, layer] of layers.entries())
      copies.set(layer, [...(copies.get(layer) ?? []), `${id}\n${Math.floor(k / size)}`]);
  }
  // Repeats may lie within repeats: the outermost that tells the two apart decides.
  const isApart = (from: readonly string[], to: readonly string[]) =>
    from.some((copy, k) => k < to.length && copy !== to[k] && copy.split('\n')[0] === to[k]!.split('\n')[0]);
  return ({ from, to }) => isApart(copies.get(from) ?? [], copies.get(to) ?? []);
}

/** Whether one is another application of the other, with the same weights. */
function isShared(last: Box, next: Box): boolean {
  return last.places!.some(({ path }) => path === next.places![0]!.path);
}

function reads(flows: readonly Flow[], last: Box, next: Box): boolean {
  const [before, after] = [new Set(last.layers), new Set(next.layers)];
  return flows.some(({ from, to }) => before.has(from) && after.has(to));
}

function joined(first: Box, next: Box): Box {
  const count = (first.count ?? 1) + 1;
  const places = [first.places![0]!, next.places![0]!];
  const block = first.label[1]!;
  return {
    ...first,
    count,
    places,
    layers: [...first.layers, ...next.layers],
    label: [textOf(places, 'name'), block],
    title: `${textOf(places, 'path')}: ${block}`,
  };
}

/** What a block is made of, as a text: equal blocks have the same. */
function structureKeys(layers: readonly Layer[], flows: readonly Flow[]): (box: Box) => string {
  const byName = new Map(layers.map((layer) => [layer.name, layer]));
  const sources = new Map<string, string[]>();
  for (const { from, to } of flows) sources.set(to, [...(sources.get(to) ?? []), from]);
  return ({ label, layers: names, count = 1 }) => {
    const own = names.slice(0, names.length / count);
    const numbers = new Map(own.map((name, k) => [name, `${k}`]));
    // What comes from outside is told apart by the order in which it is read.
    const outside = new Map<string, string>();
    const numberOf = (name: string) => {
      const known = numbers.get(name) ?? outside.get(name);
      if (known !== undefined) return known;
      outside.set(name, `outside ${outside.size}`);
      return outside.get(name)!;
    };
    const keys = own.map((name) => [layerKey(byName.get(name)!), (sources.get(name) ?? []).map(numberOf)]);
    return JSON.stringify([label[1], keys]);
  };
}

function layerKey({ operator, attributes, operands, inputs, output, states }: Layer): unknown {
  const constants = operands.map((operand) => ('number' in operand ? operand.number : null));
  const shapes = [...inputs, output].map(({ shape }) => shape);
  return [
    operator,
    attributes,
    constants,
    shapes,
    states.map(({ shape, role, trainable }) => [shape, role, trainable]),
  ];
}
