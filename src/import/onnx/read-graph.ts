/** @file An ONNX graph as steps of a network, or all that has no counterpart. */
import { diagnostic } from '../../diagnostics/catalogue.ts';
import { DiagnosticError } from '../../diagnostics/diagnostic.ts';
import {
  type OnnxGraph,
  type OnnxModel,
  type OnnxNode,
  type OnnxValue,
  SHARED_WEIGHTS,
} from '../../exchange/onnx/messages.ts';
import { stepsOf } from '../steps.ts';
import { isStep, type Network, Refusal, refuse, type Step, type Value } from '../values.ts';
import { foldedValue } from './folding.ts';
import { isComparison } from './guards.ts';
import { LAYERS } from './layers.ts';
import { split } from './layers-shapes.ts';
import { WINDOW_LAYERS } from './layers-windows.ts';
import { constantOf, NodeReader, type ReadExternal } from './node-reader.ts';
import { layernorms } from './norms.ts';

export interface ReadOptions {
  /** Sizes of inputs that the model leaves open; `''` stands for the only one. */
  readonly inputs?: ReadonlyMap<string, readonly number[]>;
  /** The first dimension of inputs counts no images: each is one tensor. */
  readonly unbatched?: boolean;
  /** Reads files beside the model. */
  readonly external?: ReadExternal;
}

interface Problem {
  readonly opType: string;
  readonly reason: string;
  readonly nodes: OnnxNode[];
}

const typeOf = ({ domain, opType }: OnnxNode) => (['', 'ai.onnx'].includes(domain) ? opType : `${domain}.${opType}`);
/** Of values and nodes, in case a name is missing. */
const nameOf = (node: OnnxNode) => node.name || node.outputs.find((output) => output !== '') || node.opType;

/** Those whose first dimension is that of the images by definition. */
const IMAGES = new Set([
  ...Object.keys(WINDOW_LAYERS).filter((type) => type !== 'Pad'),
  'BatchNormalization',
  'InstanceNormalization',
  'GroupNormalization',
  'LRN',
  'PRelu',
  'DepthToSpace',
  'SpaceToDepth',
]);

/** Those that make several results. */
const SEVERAL: Readonly<Record<string, (reader: NodeReader) => readonly Step[]>> = {
  Split: split,
  LayerNormalization: layernorms,
};

/** Known where the shapes of features are, too. */
const FOLDED = new Set(['Constant', 'ConstantOfShape', 'Range', 'Shape', 'Floor', 'Ceil']);

/** Reports CNN4303 to CNN4305. */
export function readGraph(model: OnnxModel & { readonly graph: OnnxGraph }, options: ReadOptions): Network {
  const { graph } = model;
  const constants = new Map(graph.initializers.map((tensor) => [tensor.name, tensor]));
  const nodes = neededNodes(graph);
  const needed = new Set([...nodes.flatMap(({ inputs }) => inputs), ...graph.outputs.map(({ name }) => name)]);
  const given = graph.inputs.filter(({ name }) => !constants.has(name) && needed.has(name));
  const batch = options.unbatched ? undefined : batchOf(given);
  const inputs = given.map((value) => inputOf(value, options, given.length === 1));
  const values = new Map<string, Value | undefined>(inputs.map(({ value }, k) => [given[k]!.name, value]));
  const opset = model.opsets.find(({ domain }) => ['', 'ai.onnx'].includes(domain))?.version ?? 1;
  const problems = new Map<string, Problem>();
  const valueNamed = (name: string): Value | undefined => {
    if (name === '') return undefined;
    const tensor = constants.get(name);
    if (!values.has(name) && tensor) values.set(name, { ...constantOf(tensor, name, options.external), stored: true });
    if (!values.has(name)) throw new Refusal(`no node makes its input \`${name}\``);
    return values.get(name);
  };
  for (const node of nodes) {
    const results = attempt(node, problems, () => {
      const found = node.inputs.map(valueNamed);
      // What depends on a node that failed is not told again.
      if (found.some((value, k) => value === undefined && node.inputs[k] !== '') && supported(node)) return [];
      return resultsOf(new NodeReader(node, found, opset, batch, options.external));
    });
    node.outputs.forEach((name, k) => {
      if (name !== '') values.set(name, results[k]);
    });
  }
  const told = () => {
    if (problems.size > 0) throw unsupported([...problems.values()], nodes.length);
  };
  told();
  const outputs = graph.outputs.map((output) => outputOf(output, values, nodes));
  const network = { inputs: inputs.map(({ input }) => input), outputs, shared: sharedIn(model, values) };
  // What reshapes have in between may be anything.
  for (const { shape, node } of stepsOf(network))
    if (shape.length > 4 && node) attempt(node, problems, () => refuse(`a tensor of ${shape.length} dimensions`));
  told();
  return network;
}

/** Values of the weights that the model says its layers have in common. */
function sharedIn({ metadata }: OnnxModel, values: ReadonlyMap<string, Value | undefined>): Set<ArrayLike<number>> {
  const names = metadata.find(({ key }) => key === SHARED_WEIGHTS)?.value.split('\n') ?? [];
  return new Set(
    names.flatMap((name) => {
      const value = values.get(name);
      return value && !isStep(value) ? [value.data] : [];
    }),
  );
}

/** Those that an output depends on, in their order. */
function neededNodes({ nodes, outputs }: OnnxGraph): OnnxNode[] {
  const needed = new Set(outputs.map(({ name }) => name));
  const found: OnnxNode[] = [];
  for (const node of [...nodes].reverse()) {
    if (!node.outputs.some((name) => needed.has(name))) continue;
    for (const name of node.inputs) needed.add(name);
    found.push(node);
  }
  return found.reverse();
}

const supported = (node: OnnxNode) =>
  [LAYERS, SEVERAL].some((table) => Object.hasOwn(table, typeOf(node))) || FOLDED.has(typeOf(node));

function attempt(
  node: OnnxNode,
  problems: Map<string, Problem>,
  make: () => readonly (Value | undefined)[],
): readonly (Value | undefined)[] {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const opType = typeOf(node);
    const key = `${opType}\0${error.message}`;
    const problem = problems.get(key) ?? { opType, reason: error.message, nodes: [] };
    problem.nodes.push(node);
    problems.set(key, problem);
    return [];
  }
}

function resultsOf(reader: NodeReader): readonly (Value | undefined)[] {
  const { node } = reader;
  const type = typeOf(node);
  if (!supported(node)) throw new Refusal('');
  const constant = foldedValue(reader);
  if (constant) return [constant];
  if (Object.hasOwn(SEVERAL, type)) return SEVERAL[type]!(reader);
  if (reader.leading === 0 && IMAGES.has(type)) throw new Refusal('it takes images, and no dimension counts them');
  if (type !== 'Where' && reader.inputs.some((value) => value && isStep(value) && isComparison(value)))
    throw new Refusal('it computes with a comparison');
  const layer = LAYERS[type];
  if (!layer) throw new Refusal('its inputs are computed');
  const results = [layer(reader)];
  for (const { shape } of results)
    if (shape.length > 4 && !['reshape', 'permute'].includes(results[0]!.word))
      throw new Refusal(`a tensor of ${shape.length} dimensions`);
  return results;
}

/** Images of a model for so many; NaN for any number. */
function batchOf(inputs: readonly OnnxValue[]): number {
  const sizes = inputs.map(({ type }) => type?.tensor?.shape?.dimensions[0]?.size ?? Number.NaN);
  return sizes.length > 0 && sizes.every((size) => size === sizes[0] && size > 0) ? sizes[0]! : Number.NaN;
}

/** The input of the network, and what the model sees of it. */
function inputOf(
  value: OnnxValue,
  { inputs, unbatched = false }: ReadOptions,
  only: boolean,
): { readonly input: Step; readonly value: Step } {
  const { name, type } = value;
  const sizes = type?.tensor?.shape?.dimensions.slice(unbatched ? 0 : 1).map(({ size }) => size ?? 0);
  const own = inputs?.get(name) ?? (only ? inputs?.get('') : undefined);
  const shape = own ?? sizes;
  const text = `\`${name}\` [${[...(unbatched ? [] : ['images']), ...(sizes ?? [])].map((size) => size || '?').join(', ')}]`;
  const example = `--input ${only ? '' : `${name}=`}3x224x224`;
  if (!shape || shape.some((size) => !(size > 0)))
    throw place(`the model leaves the shape of its input ${text} open`, `say what it is: \`${example}\``);
  if (own && sizes && (own.length !== sizes.length || own.some((size, k) => sizes[k]! > 0 && sizes[k] !== size)))
    throw place(`the input ${text} cannot be ${own.join('x')}`, 'change only what the model leaves open');
  if (shape.length < 1 || shape.length > 4)
    throw place(
      `the input ${text} has ${shape.length} dimensions${unbatched ? '' : ' behind the images'}`,
      'inputs have one to four',
    );
  if (![1, 10, 11, 16].includes(type?.tensor?.element ?? 1))
    throw place(`the input ${text} takes whole numbers`, 'networks take images, which are floats');
  return arrangedInput(name, shape);
}

/** Inputs have three dimensions at most: the first two of four are one, and apart again in the network. */
function arrangedInput(name: string, shape: readonly number[]): { readonly input: Step; readonly value: Step } {
  const common = { weights: [], label: '', shape };
  const input: Step = { ...common, form: 'input', word: name, operands: [], arguments: [] };
  if (shape.length < 4) return { input, value: input };
  const [first, second, ...rest] = shape as readonly [number, number, ...number[]];
  const flat: Step = { ...input, shape: [first * second, ...rest] };
  const given = [{ value: shape }];
  return { input: flat, value: { ...common, form: 'stage', word: 'reshape', operands: [flat], arguments: given } };
}

function outputOf(
  { name }: OnnxValue,
  values: ReadonlyMap<string, Value | undefined>,
  nodes: readonly OnnxNode[],
): Network['outputs'][number] {
  const step = values.get(name);
  if (step && isStep(step) && !isComparison(step)) return { name, step };
  const besides = nodes.find(({ outputs }) => outputs.indexOf(name) > 0);
  if (besides) throw place(`the output \`${name}\` is what \`${typeOf(besides)}\` tells besides its result`, LEAVE_OUT);
  throw place(`the output \`${name}\` does not depend on an input`, LEAVE_OUT);
}

const LEAVE_OUT = 'export the model again, without it';

function place(message: string, help: string): DiagnosticError {
  return new DiagnosticError(diagnostic('CNN4305', message, { fix: { message: help } }));
}

function unsupported(problems: readonly Problem[], all: number): DiagnosticError {
  const count = problems.reduce((sum, { nodes }) => sum + nodes.length, 0);
  const message = `${count} of ${all} nodes have no counterpart in the language`;
  const notes = [...problems]
    .sort((a, b) => b.nodes.length - a.nodes.length)
    .map(({ opType, reason, nodes }) => ({
      message: `\`${opType}\`${reason && `, as ${reason}`}: ${nodes.length}, the first of them \`${nameOf(nodes[0]!)}\``,
    }));
  const help = 'export the part of the model that consists of layers, or write these nodes in another way';
  return new DiagnosticError(diagnostic('CNN4304', message, { notes, fix: { message: help } }));
}
