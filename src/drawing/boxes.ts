/**
 * @file What a picture of a network shows: boxes for its layers, within boxes for its blocks, and what flows between them.
 * It is plain data, because the page of a report carries it along and draws it again when a block is opened or closed.
 */

import { thousands } from '../analysis/figure-texts.ts';

export interface Box {
  /** Unique in the picture. A layer has its name; a block its path and the number of the application. */
  readonly id: string;
  readonly kind: 'input' | 'target' | 'layer' | 'block' | 'output' | 'loss';
  /** Lines of the label, the first one in bold. */
  readonly label: readonly string[];
  /** In full, for a tooltip. */
  readonly title: string;
  /** Of a block: where it is; of several in a row where the first and the last is. */
  readonly places?: readonly Place[];
  /** Of a block. */
  readonly children?: readonly Box[];
  /** Of a block: the shape that leaves it. */
  readonly output?: string;
  /** Of a layer, and of each of the equal blocks that a box stands for; those of layers before do not count. */
  readonly parameters?: number;
  /** Equal blocks in a row that this one stands for; 1 if absent. */
  readonly count?: number;
  /** Names of the layers that a box stands for, in execution order: of a block all of its own, of a repeat those of each. */
  readonly layers: readonly string[];
}

export interface Place {
  readonly path: string;
  /** Within the block around it. */
  readonly name: string;
}

/** `stage.1 … stage.3`, in full or within the block around them. */
export const textOf = (places: readonly Place[], form: keyof Place): string =>
  places.map((place) => place[form]).join(' … ');

/** From leaf to leaf, by their ids. */
export interface Flow {
  readonly from: string;
  readonly to: string;
}

export interface Picture {
  readonly name: string;
  readonly boxes: readonly Box[];
  readonly flows: readonly Flow[];
}

export function isBlock(box: Box): box is Box & { readonly children: readonly Box[] } {
  return box.children !== undefined;
}

/** Every box, those around before those within. */
export function allBoxes(boxes: readonly Box[]): Box[] {
  return boxes.flatMap((box) => [box, ...allBoxes(box.children ?? [])]);
}

/** The layer that is drawn for a layer: of equal blocks in a row, that of the first. */
export function drawnLayers(boxes: readonly Box[]): (layer: string) => string {
  const drawn = new Map<string, string>();
  for (const { layers, count = 1 } of allBoxes(boxes)) {
    const size = layers.length / count;
    for (const [k, layer] of layers.entries()) if (k >= size) drawn.set(layer, layers[k % size]!);
  }
  const find = (layer: string): string => (drawn.has(layer) ? find(drawn.get(layer)!) : layer);
  return find;
}

/** The ids of all blocks that lie within `depth` others or more: those that `closeBlocks` has to close. */
export function blocksBelow(boxes: readonly Box[], depth: number): string[] {
  return boxes
    .filter(isBlock)
    .flatMap(({ id, children }) => [...(depth <= 0 ? [id] : []), ...blocksBelow(children, depth - 1)]);
}

/** The picture with some blocks drawn as one box. What flows into or out of their layers flows into or out of the box. */
export function closeBlocks({ name, boxes, flows }: Picture, closed: ReadonlySet<string>): Picture {
  const shown = new Map<string, string>();
  const close = (box: Box): Box => {
    if (!isBlock(box)) return box;
    if (!closed.has(box.id)) return { ...box, children: box.children.map(close) };
    for (const { id } of allBoxes(box.children)) shown.set(id, box.id);
    const { children: _, ...leaf } = box;
    return { ...leaf, label: [...box.label, ...closedFigures(box)] };
  };
  const visible = boxes.map(close);
  return { name, boxes: visible, flows: joinedFlows(flows, (id) => shown.get(id) ?? id) };
}

/** What a block says of itself where its layers are not drawn. */
function closedFigures({ layers, count = 1, output = '', parameters = 0 }: Box): string[] {
  const each = layers.length / count;
  const number = `${each} layer${each === 1 ? '' : 's'}${count > 1 ? ' each' : ''}`;
  const weights = parameters > 0 ? ` · ${thousands(count * parameters)} params` : '';
  return [number, `${output}${weights}`];
}

/** Each flow once, between what its ends are now; none from a box to itself. */
export function joinedFlows(flows: readonly Flow[], end: (id: string) => string): Flow[] {
  const joined = new Map<string, Flow>();
  for (const flow of flows) {
    const [from, to] = [end(flow.from), end(flow.to)];
    const key = `${from}\n${to}`;
    if (from !== to && !joined.has(key)) joined.set(key, { from, to });
  }
  return [...joined.values()];
}
