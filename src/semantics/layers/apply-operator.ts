/** @file Applying one operator: its context, its record among the layers, and the checks that hold for all operators. */
import { printShape } from '../../common/shape.ts';
import { type DiagnosticCode, diagnostic } from '../../diagnostics/catalogue.ts';
import { DiagnosticError, type Span } from '../../diagnostics/diagnostic.ts';
import { findFunction } from '../../formula/functions.ts';
import { elementCount, type Node, type Result, type Shape, type State, sourceOf } from '../../ir/graph.ts';
import { Facts, LayerContext, type LayerSetting, StateRegistry } from '../../ops/context.ts';
import type { Failure, OperatorContext, OperatorDefinition } from '../../ops/operator.ts';
import { findOperator } from '../../ops/registry.ts';
import { settleAttributes } from '../../ops/settle.ts';
import type { AttributeValues } from '../../specs/attributes.ts';
import { initializerNamed } from '../../training/words.ts';
import { oneHotVector } from '../evaluate/elementwise.ts';
import {
  classesOf,
  describeNode,
  type LayerDeclaration,
  type LayerValue,
  type PlacedOperand,
  type PlacedTensor,
} from '../evaluate/values.ts';
import type { Layer, LayerOperand } from '../model.ts';
import { fail, help } from '../problems.ts';
import type { Draft } from '../walk/draft.ts';
import type { Place, Walk } from '../walk/walk.ts';
import { type Identity, newGroup, pathOf } from './naming.ts';

export interface Application {
  readonly operator: OperatorDefinition;
  /** As they are written: one number may stand for every axis of a map. */
  readonly attributes: AttributeValues;
  readonly attributeSpans: ReadonlyMap<string, Span>;
  readonly operands: readonly PlacedOperand[];
  readonly via: Layer['via'];
  readonly span: Span;
  readonly written: Span;
  /** The whole name, given in place. */
  readonly fixed?: string;
  readonly declaration?: LayerDeclaration;
  readonly training?: LayerValue['training'];
}

const maximumElements = 2 ** 31;

export function applyOperator(place: Place, given: Application): Node {
  const { walk } = place;
  const { operator, span } = given;
  walk.budget.countLayer(span);
  const operands = given.operands.map((operand) => ('node' in operand ? asTensor(walk, operator, operand) : operand));
  const inputs = operands.filter((operand) => 'node' in operand);
  checkDimensions(operator, inputs);
  const written = { ...given, operands };
  const refuse = (failure: Failure): never => {
    throw failureOf(written, failure);
  };
  const attributes = settleAttributes(operator, given.attributes, inputs[0]?.node.shape ?? [], refuse);
  const application = { ...written, attributes };
  const identity = identityOf(place, given);
  const owner = walk.identities.nameOf(identity);
  const name = identity.uses > 1 ? `${owner}.${identity.uses}` : owner;
  const isTrained = !walk.options.untrained?.has(identity.number);
  const states = new LayerStates(walk.options.states, { owner, isTrained }, application);
  const facts = new Facts();
  const output = operator.build(contextOf(walk, application, name, states, facts));
  checkSize(output, span);
  checkTraining(application, states.used);
  if (operator.finish) walk.draft.finishes.set(output, operator.finish);
  if (operator.takesFractions) markFractions(walk, inputs[1]?.node);
  identity.hasStates ||= states.used.length > 0;
  const layer = recordOf(walk, application, { name, output, states: states.used, facts });
  walk.draft.steps.push(layer);
  if (identity.group.role === undefined || states.used.length > 0) walk.draft.layers.push(layer);
  return output;
}

function tensorsOf({ operands }: Application): readonly PlacedTensor[] {
  return operands.filter((operand) => 'node' in operand);
}

interface Built extends Pick<Layer, 'name' | 'output' | 'states'> {
  readonly facts: Facts;
}

function recordOf({ applications: { instance } }: Walk, application: Application, { facts, ...built }: Built): Layer {
  const { operator, attributes, attributeSpans, via, training, span, written } = application;
  let input = 0;
  const operands = application.operands.map((operand): LayerOperand => {
    const shape = 'node' in operand ? facts.shapes.get(input++) : undefined;
    return { ...operand, ...(shape && { shape }) };
  });
  return {
    ...built,
    path: pathOf(built.name),
    operator: operator.name,
    definition: operator,
    via,
    attributes,
    resolved: { ...attributes, ...facts.resolved },
    attributeSpans,
    operands,
    inputs: tensorsOf(application).map(({ node }) => node),
    ...(training && { training }),
    span,
    written,
    ...(instance && { instance }),
  };
}

function identityOf(place: Place, { operator, declaration, fixed, span }: Application): Identity {
  const { walk, group } = place;
  if (!declaration) return walk.identities.identify(group, operator.name, span, undefined, fixed);
  const known = declaration.identity;
  declaration.identity = walk.identities.identify(newGroup(''), operator.name, span, known, declaration.name);
  return declaration.identity;
}

/** The runtime checks the values of a target that a loss takes as they are. */
function markFractions({ draft: { targets } }: Walk, node: Node | undefined): void {
  const at = targets.findIndex((target) => target.node === node);
  const { type } = targets[at] ?? {};
  if (type?.kind === 'tensor') targets[at] = { ...targets[at]!, type: { ...type, fraction: true } };
}

/** A single number per image can be computed with, but has no dimension to pool, normalise or drop. */
function checkDimensions(operator: OperatorDefinition, inputs: readonly PlacedTensor[]): void {
  const anyShape =
    operator.inputs !== 1 ||
    operator !== findOperator(operator.name) ||
    findFunction(operator.name) ||
    operator.takesNumbers;
  const flat = anyShape ? undefined : inputs.find(({ node }) => node.shape.length === 0);
  if (flat)
    fail('CNN3010', `\`${operator.name}\` needs a tensor, found ${describeNode(flat.node)}`, flat.span, {
      ...help('let it work on the tensor before it is summed up'),
    });
}

/** A class target is its one-hot vector to all but the losses and metrics, which know classes. */
function asTensor(walk: Walk, operator: OperatorDefinition, tensor: PlacedTensor): PlacedTensor {
  const { node, span } = tensor;
  if (classesOf(node) === undefined || operator.kind !== 'layer') return tensor;
  const known = walk.draft.oneHots.get(node);
  if (known) return { ...tensor, node: known };
  const application: Application = {
    operator: oneHotVector,
    attributes: {},
    attributeSpans: new Map(),
    operands: [{ node, span }],
    via: 'implicit',
    span,
    written: span,
  };
  const facts = new Facts();
  const output = oneHotVector.build(contextOf(walk, application, node.name, new StateRegistry(), facts));
  walk.draft.oneHots.set(node, output);
  walk.draft.steps.push(recordOf(walk, application, { name: node.name, output, states: [], facts }));
  return { ...tensor, node: output };
}

function contextOf(
  walk: Walk,
  application: Application,
  layer: string,
  states: StateRegistry,
  facts: Facts,
): OperatorContext {
  const { operator, attributes, operands } = application;
  const { init, biasInit } = application.training ?? {};
  return new ContinuingContext(walk.draft, {
    builder: walk.draft.builder,
    states,
    formulas: walk.options.formulas,
    layer,
    operator: operator.name,
    operands: operands.map((operand) => ('node' in operand ? operand.node : operand.number)),
    attributes,
    mode: walk.options.mode,
    weight: () => walk.draft.weight(),
    seed: () => walk.draft.seed(),
    nextStream: () => walk.draft.nextStream(),
    weightInitializer: walk.options.weightInitializer,
    ...(init && { layerInitializer: init }),
    ...(biasInit && { biasInitializer: biasInit }),
    facts,
    fail: (failure) => failureOf(application, failure),
  });
}

/** A layer that is applied again goes on from the running statistics that its last application left. */
export class ContinuingContext extends LayerContext {
  /** The states, by the values that this application finds in them. */
  readonly #current = new Map<Node, Node>();

  constructor(
    readonly draft: Pick<Draft, 'builder' | 'assigned'>,
    setting: LayerSetting,
  ) {
    super(setting);
  }

  override buffer(name: string, shape: Shape, value: number): Node {
    const state = super.buffer(name, shape, value);
    const latest = this.draft.assigned.get(state) ?? state;
    this.#current.set(latest, state);
    return latest;
  }

  override assign(buffer: Node, value: Node): void {
    const { builder, assigned } = this.draft;
    const node = this.#current.get(buffer) ?? buffer;
    const source = sourceOf(node);
    if (source?.role !== 'state') return;
    if (assigned.has(node)) {
      const isEarlier = (result: Result) => result.role === 'assign' && result.state === source.state;
      builder.results.splice(builder.results.findIndex(isEarlier), 1);
    }
    assigned.set(node, value);
    super.assign(node, value);
  }
}

function failureOf(application: Application, failure: Failure): DiagnosticError {
  const { operator, span, attributeSpans } = application;
  const inputs = tensorsOf(application);
  const place = (failure.attribute !== undefined && attributeSpans.get(failure.attribute)) || span;
  const shapes = inputs.map(({ node, span: at }) => ({
    message: `${inputs.length > 1 ? 'this' : `the input of \`${operator.name}\``} is ${describeNode(node)}`,
    span: at,
  }));
  return new DiagnosticError(
    diagnostic(failure.code as DiagnosticCode, failure.message, {
      span: place,
      notes: [...(failure.notes ?? []).map((message) => ({ message })), ...shapes],
      ...(failure.help !== undefined && help(failure.help)),
    }),
  );
}

/** Gives the states of a layer under the name that owns them, and remembers which they are. */
class LayerStates extends StateRegistry {
  readonly used: State[] = [];

  constructor(
    readonly registry: StateRegistry,
    readonly layer: { readonly owner: string; readonly isTrained: boolean },
    readonly application: Application,
  ) {
    super();
  }

  #training(): Pick<State, 'rateFactor' | 'weightDecay'> {
    const { rateFactor, weightDecay } = this.application.training ?? {};
    return { ...(rateFactor !== undefined && { rateFactor }), ...(weightDecay !== undefined && { weightDecay }) };
  }

  override obtain(state: State): State {
    const { owner, isTrained } = this.layer;
    const { leaf } = state.owner!;
    const { operator, span } = this.application;
    checkExtent(state.shape, span, `the ${leaf} of this \`${operator.name}\``);
    const found = this.registry.obtain({
      ...state,
      name: `${owner}.${leaf}`,
      owner: { ...state.owner!, layer: owner },
      trainable: state.trainable && isTrained,
      ...(state.role === 'parameter' && this.#training()),
    });
    if (found.shape.join() !== state.shape.join())
      fail('CNN3011', `this \`${operator.name}\` is shared by inputs of different sizes`, span, {
        notes: [
          { message: `its ${leaf} is ${printShape(found.shape)} and would have to be ${printShape(state.shape)} here` },
        ],
        ...help('a layer that is declared once shares its weights; declare another one'),
      });
    this.used.push(found);
    return found;
  }
}

/** `init` and the like mean something only where there are parameters. */
function checkTraining({ training, operator }: Application, states: readonly State[]): void {
  if (!training) return;
  const parts = states.map(({ owner }) => owner!.part);
  if (parts.every((part) => part === 'statistic'))
    fail('CNN2020', `\`${operator.name}\` has no parameters to start or to train`, training.span, {
      ...help('give this to the layers before or behind it'),
    });
  if (training.biasInit && !parts.includes('bias'))
    fail('CNN2020', `this \`${operator.name}\` has no bias that \`bias_init\` could start`, training.biasSpan!, {
      ...help('remove it, or let the layer have a bias; `init` starts the weights'),
    });
  const list = states.find(
    ({ initializer, shape }) => initializerNamed(initializer.kind)?.matrices && shape.length < 2,
  );
  if (list)
    fail(
      'CNN2054',
      `\`${list.initializer.kind}\` is for matrices, and \`${list.name}\` is a list of numbers`,
      training.span,
      {
        ...help('write `zeros`, `constant(0.1)` or `uniform(0.1)`'),
      },
    );
}

function checkSize(node: Node, span: Span): void {
  checkExtent(node.shape, span, 'the result of this layer');
}

export function checkExtent(shape: readonly number[], span: Span, what: string): void {
  if (elementCount(shape) <= maximumElements) return;
  fail('CNN4001', `${what} would have ${elementCount(shape).toExponential(1)} elements`, span, {
    notes: [{ message: `its shape is ${printShape(shape)}; at most 2^31 elements are possible` }],
    ...help('use fewer channels, or a stride or pooling before'),
  });
}
