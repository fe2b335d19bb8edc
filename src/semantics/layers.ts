/** @file Applying one operator: its context, its record among the layers, and the checks that hold for all operators. */
import { type DiagnosticCode, diagnostic } from '../diagnostics/catalogue.ts';
import { DiagnosticError, type Span } from '../diagnostics/diagnostic.ts';
import { findFunction } from '../formula/functions.ts';
import { elementCount, type Node, type Result, type State, sourceOf } from '../ir/graph.ts';
import { createOperatorContext, StateRegistry } from '../ops/context.ts';
import { oneHot } from '../ops/mse.ts';
import type { Failure, OperatorContext, OperatorDefinition } from '../ops/operator.ts';
import { findOperator } from '../ops/registry.ts';
import type { AttributeValues } from '../specs/attributes.ts';
import { type Identity, newGroup } from './naming.ts';
import { fail, help } from './problems.ts';
import {
  classesOf,
  describeNode,
  type LayerDeclaration,
  type LayerValue,
  type PlacedTensor,
  printShape,
} from './values.ts';
import type { Place, Walk } from './walk.ts';

export interface Application {
  readonly operator: OperatorDefinition;
  readonly attributes: AttributeValues;
  readonly attributeSpans: ReadonlyMap<string, Span>;
  readonly inputs: readonly PlacedTensor[];
  readonly span: Span;
  /** The whole name, given in place. */
  readonly fixed?: string;
  readonly declaration?: LayerDeclaration;
  readonly training?: LayerValue['training'];
}

const maximumElements = 2 ** 31;

export function applyOperator(place: Place, application: Application): Node {
  const { walk } = place;
  const { operator, span, attributes } = application;
  walk.countLayer(span);
  const inputs = application.inputs.map((input) => asOperand(walk, operator, input));
  checkDimensions(operator, inputs);
  const identity = identityOf(place, application);
  const owner = walk.nameOf(identity);
  const name = identity.uses > 1 ? `${owner}.${identity.uses}` : owner;
  const isTrained = !walk.options.untrained?.has(identity.number);
  const states = new LayerStates(walk.options.states, { name, owner, isTrained }, application);
  const parts = new Set<'weight' | 'bias'>();
  const output = operator.build(contextOf(walk, { ...application, inputs }, name, states, parts));
  checkSize(output, span);
  checkTraining(application, parts);
  if (operator.finish) walk.finishes.set(output, operator.finish);
  if (operator.takesFractions) markFractions(walk, inputs[1]?.node);
  identity.hasStates ||= states.used.length > 0;
  if (identity.group.role === undefined || states.used.length > 0) {
    const nodes = inputs.map(({ node }) => node);
    const { instance } = walk;
    const record = { name, operator: operator.name, attributes, inputs: nodes, output, states: states.used, span };
    walk.layers.push({ ...record, ...(instance && { instance }) });
  }
  return output;
}

function identityOf(place: Place, { operator, declaration, fixed, span }: Application): Identity {
  const { walk, group } = place;
  if (!declaration) return walk.identify(group, operator.name, span, undefined, fixed);
  const known = declaration.identity;
  declaration.identity = walk.identify(newGroup(''), operator.name, span, known, declaration.name);
  return declaration.identity;
}

/** The runtime checks the values of a target that a loss takes as they are. */
function markFractions({ targets }: Walk, node: Node | undefined): void {
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
function asOperand(walk: Walk, operator: OperatorDefinition, { node, span }: PlacedTensor): PlacedTensor {
  if (classesOf(node) === undefined || operator.kind !== 'layer') return { node, span };
  let vector = walk.oneHots.get(node);
  if (!vector) {
    const application = { operator, attributes: {}, attributeSpans: new Map(), inputs: [{ node, span }], span };
    vector = oneHot(contextOf(walk, application, node.name, new StateRegistry()), node);
    walk.oneHots.set(node, vector);
  }
  return { node: vector, span };
}

function contextOf(
  walk: Walk,
  application: Application,
  layer: string,
  states: StateRegistry,
  parts?: Set<'weight' | 'bias'>,
): OperatorContext {
  const { operator, attributes } = application;
  const { init, biasInit } = application.training ?? {};
  const context = createOperatorContext({
    builder: walk.builder,
    states,
    formulas: walk.options.formulas,
    layer,
    operator: operator.name,
    inputs: application.inputs.map(({ node }) => node),
    attributes,
    mode: walk.options.mode,
    weight: () => walk.weight(),
    seed: () => walk.seed(),
    nextStream: () => walk.nextStream(),
    weightInitializer: walk.options.weightInitializer,
    ...(init && { layerInitializer: init }),
    ...(biasInit && {
      biasInitializer: { kind: biasInit.kind, ...(biasInit.value !== undefined && { value: biasInit.value }) },
    }),
    ...(parts && { onParameter: (part) => parts.add(part) }),
    fail: (failure) => failureOf(application, failure),
  });
  return withRunningStatistics(walk, context);
}

/** A layer that is applied again goes on from the running statistics that its last application left. */
function withRunningStatistics(walk: Walk, context: OperatorContext): OperatorContext {
  const { builder, assigned } = walk;
  const current = new Map<Node, Node>();
  const own: Partial<OperatorContext> = {
    buffer(name, shape, value) {
      const state = context.buffer(name, shape, value);
      const latest = assigned.get(state) ?? state;
      current.set(latest, state);
      return latest;
    },
    assign(buffer, value) {
      const node = current.get(buffer) ?? buffer;
      const source = sourceOf(node);
      if (source?.role !== 'state') return;
      if (assigned.has(node)) {
        const isEarlier = (result: Result) => result.role === 'assign' && result.state === source.state;
        builder.results.splice(builder.results.findIndex(isEarlier), 1);
      }
      assigned.set(node, value);
      context.assign(node, value);
    },
  };
  return Object.create(context, Object.getOwnPropertyDescriptors(own)) as OperatorContext;
}

function failureOf({ operator, inputs, span, attributeSpans }: Application, failure: Failure): DiagnosticError {
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
    readonly layer: { readonly name: string; readonly owner: string; readonly isTrained: boolean },
    readonly application: Application,
  ) {
    super();
  }

  #training(): Pick<State, 'rateFactor' | 'weightDecay'> {
    const { rateFactor, weightDecay } = this.application.training ?? {};
    return { ...(rateFactor !== undefined && { rateFactor }), ...(weightDecay !== undefined && { weightDecay }) };
  }

  override obtain(state: State): State {
    const { name, owner, isTrained } = this.layer;
    const leaf = state.name.slice(name.length + 1);
    const { operator, span } = this.application;
    checkExtent(state.shape, span, `the ${leaf} of this \`${operator.name}\``);
    const found = this.registry.obtain({
      ...state,
      name: `${owner}.${leaf}`,
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
function checkTraining({ training, operator }: Application, parts: ReadonlySet<'weight' | 'bias'>): void {
  if (!training) return;
  if (parts.size === 0)
    fail('CNN2020', `\`${operator.name}\` has no parameters to start or to train`, training.span, {
      ...help('give this to the layers before or behind it'),
    });
  if (training.biasInit && !parts.has('bias'))
    fail('CNN2020', `this \`${operator.name}\` has no bias that \`bias_init\` could start`, training.biasInit.span, {
      ...help('remove it, or let the layer have a bias; `init` starts the weights'),
    });
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
