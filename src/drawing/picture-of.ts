/** @file The picture of a model: its layers in the blocks that they were written in, inputs above, outputs and loss below. */

import { shapeText, thousands } from '../analysis/figure-texts.ts';
import { operatorText } from '../analysis/layer-window.ts';
import { countElements } from '../analysis/memory.ts';
import type { Node, State } from '../ir/graph.ts';
import type { BlockInstance, Layer, Model } from '../semantics/model.ts';
import { type Box, type Flow, type Picture, textOf } from './boxes.ts';
import { foldRepeats } from './fold-repeats.ts';

/** Equal blocks in a row are one box with their number, unless `unfolded`. */
export function pictureOf(model: Model, { unfolded = false } = {}): Picture {
  const ends = endsOf(model);
  const own = ownParameters(model.layers);
  const sources = model.inputs.map(({ name, shape }) => endBox('input', name, shapeText(shape)));
  const picture: Picture = {
    name: model.name,
    boxes: [...sources, ...targetBoxes(model, ends), ...layerBoxes(model.layers, own), ...ends.map(({ box }) => box)],
    flows: flowsOf(model, ends),
  };
  return unfolded ? picture : foldRepeats(picture, model);
}

interface End {
  readonly box: Box;
  readonly node: Node;
}

function endBox(kind: Box['kind'], name: string, ...lines: readonly string[]): Box {
  return { id: `${kind}:${name}`, kind, label: [name, ...lines], title: [kind, name, ...lines].join(' '), layers: [] };
}

/** Outputs that are layers themselves need no box of their own: the name of the layer says it. */
function endsOf({ graph, outputs, layers }: Model): End[] {
  const named = new Set(layers.map(({ name }) => name));
  const shown = outputs.filter(({ name }) => !named.has(name));
  const losses = graph.results.filter(({ role }) => role === 'loss');
  return [
    ...shown.map(({ name, node }) => ({ box: endBox('output', name), node })),
    ...losses.map(({ node }) => ({ box: endBox('loss', 'loss'), node })),
  ];
}

/** Targets that something shown reads. */
function targetBoxes({ targets }: Model, ends: readonly End[]): Box[] {
  if (!ends.some(({ box }) => box.kind === 'loss')) return [];
  return targets.map(({ name, type, node }) => {
    const shape = node.shape.length > 0 ? [shapeText(node.shape)] : [];
    return endBox('target', name, ...(type.kind === 'class' ? [`class of ${type.classes}`] : []), ...shape);
  });
}

interface OpenBlock {
  readonly instance: BlockInstance | undefined;
  readonly boxes: Box[];
  readonly layers: string[];
}

/** Layers come in execution order, so those of one application follow each other. */
function layerBoxes(layers: readonly Layer[], own: OwnParameters): Box[] {
  const byName = new Map(layers.map((layer) => [layer.name, layer]));
  const stack: OpenBlock[] = [{ instance: undefined, boxes: [], layers: [] }];
  const applications = new Map<string, number>();
  const close = () => {
    const { instance, boxes, layers: names } = stack.pop()!;
    const { block, path } = instance!;
    const number = (applications.get(path) ?? 0) + 1;
    applications.set(path, number);
    const id = `block:${path}${number > 1 ? `#${number}` : ''}`;
    const places = [{ path, name: relative(path, instance!.outer) }];
    const title = `${textOf(places, 'path')}: ${block}`;
    const label = [textOf(places, 'name'), block];
    const within = names.map((name) => byName.get(name)!);
    const parameters = within.reduce((sum, layer) => sum + own.get(layer)!.count, 0);
    const output = shapeText(within.at(-1)!.output.shape);
    stack
      .at(-1)!
      .boxes.push({ id, kind: 'block', label, title, places, children: boxes, layers: names, output, parameters });
    stack.at(-1)!.layers.push(...names);
  };
  for (const layer of layers) {
    const around = instancesAround(layer.instance);
    while (stack.length > 1 && stack.at(-1)!.instance !== around[stack.length - 2]) close();
    for (const instance of around.slice(stack.length - 1)) stack.push({ instance, boxes: [], layers: [] });
    stack.at(-1)!.boxes.push(layerBox(layer, own.get(layer)!));
    stack.at(-1)!.layers.push(layer.name);
  }
  while (stack.length > 1) close();
  return stack[0]!.boxes;
}

/** Outermost first. */
export function instancesAround(instance: BlockInstance | undefined): BlockInstance[] {
  return instance ? [...instancesAround(instance.outer), instance] : [];
}

function relative(name: string, around: BlockInstance | undefined): string {
  return around && name.startsWith(`${around.path}.`) ? name.slice(around.path.length + 1) : name;
}

type OwnParameters = ReadonlyMap<Layer, Parameters>;

interface Parameters {
  /** Of those that no layer before has. */
  readonly count: number;
  /** It has parameters, and all of them are those of layers before. */
  readonly shared: boolean;
}

function ownParameters(layers: readonly Layer[]): OwnParameters {
  const counted = new Set<State>();
  return new Map(
    layers.map((layer) => {
      const all = layer.states.filter(({ role }) => role === 'parameter');
      const own = all.filter((state) => !counted.has(state));
      for (const state of own) counted.add(state);
      return [layer, { count: countElements(own), shared: all.length > 0 && own.length === 0 }];
    }),
  );
}

function layerBox(layer: Layer, { count, shared }: Parameters): Box {
  const { name, operator, attributes, output, inputs } = layer;
  const operation = operatorText(operator, attributes);
  const shape = shapeText(output.shape);
  const weights = shared ? 'shared params' : count > 0 ? `${thousands(count)} params` : '';
  const changes = inputs.some((input) => shapeText(input.shape) !== shape);
  const figures = weights ? [`${shape} · ${weights}`] : changes || inputs.length !== 1 ? [shape] : [];
  return {
    id: name,
    kind: 'layer',
    label: [layerLabel(layer, operation), ...figures],
    title: `${name}: ${operation}, ${shape}${weights ? `, ${weights.replace('params', 'parameters')}` : ''}`,
    ...((count > 0 || shared) && { parameters: count }),
    layers: [name],
  };
}

/** `conv1: conv 3x3`; the operator once where the name is made of it. */
function layerLabel({ name, operator, instance }: Layer, operation: string): string {
  const own = relative(name, instance);
  const last = own.split('.').at(-1)!;
  const isNamedAfterOperator = last.replace(/\d+$/, '') === operator;
  return isNamedAfterOperator ? own + operation.slice(operator.length) : `${own}: ${operation}`;
}

/** What each layer and each end reads: layers, inputs and targets, through whatever is computed in between. */
function flowsOf({ inputs, targets, layers }: Model, ends: readonly End[]): Flow[] {
  const makers = new Map<Node, string>();
  for (const { name, node } of inputs) makers.set(node, `input:${name}`);
  for (const { name, node } of targets) makers.set(node, `target:${name}`);
  const flows: Flow[] = [];
  const read = (node: Node, to: string, seen: Set<Node>): void => {
    if (seen.has(node)) return;
    seen.add(node);
    const from = makers.get(node);
    if (from !== undefined) flows.push({ from, to });
    else for (const input of node.inputs) read(input, to, seen);
  };
  for (const { name, inputs, output } of layers) {
    const seen = new Set<Node>();
    for (const input of inputs) read(input, name, seen);
    // A layer that passes its input on (dropout of rate 0) stands before those that read it afterwards.
    makers.set(output, name);
  }
  for (const { box, node } of ends) read(node, box.id, new Set());
  return flows;
}
