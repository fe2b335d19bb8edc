/** @file Calls: `conv(6, 5x5)`, `Basic(16, stride: 2)`, `softmax(logits)`, `concat(a, b)`. */
import type { Span } from '../../diagnostics/diagnostic.ts';
import type { OperatorDefinition } from '../../ops/operator.ts';
import { type AttributeValue, isRequired, placed } from '../../specs/attributes.ts';
import type { Argument, CallExpression } from '../../syntax/ast.ts';
import { applyOperator } from '../layers/apply-operator.ts';
import { attributeValue } from '../layers/attributes.ts';
import { callInitializer } from '../layers/initializers.ts';
import { takeTraining } from '../layers/layer-training.ts';
import { callOperatorFormula } from '../layers/operators.ts';
import { resolveCallable } from '../names/names.ts';
import { isWordArgument } from '../names/vocabulary.ts';
import { fail, help, listed } from '../problems.ts';
import type { Place } from '../walk/walk.ts';
import { matchArguments } from './arguments.ts';
import { applyFunction } from './functions.ts';
import {
  type BlockDefinition,
  type Callable,
  describe,
  type EvaluatedArgument,
  type InstanceValue,
  type LayerValue,
  type OperatorFormula,
  type PlacedTensor,
  type Value,
} from './values.ts';

/** `flowing`: the call is a stage of a pipeline, so one tensor is still to come. */
export function evaluateCall(place: Place, call: CallExpression, flowing = false): Value {
  const callee = resolveCallable(place, call.callee);
  const given = call.arguments.map((argument) => ({
    ...(argument.name && { name: argument.name }),
    value: wordOf(place, callee, argument) ?? place.walk.evaluate(place, argument.value),
    span: argument.value.span,
    ...originOf(place, argument),
  }));
  return callWith(place, callee, given, call.span, flowing);
}

/** The parameters of a block have their values from where it is applied, which is told anyhow. */
function originOf({ scope, walk }: Place, { value }: Argument): Pick<EvaluatedArgument, 'from'> {
  const from = value.kind === 'identifier' ? scope.find(value.text) : undefined;
  const isGiven = from?.kind === 'parameter' && walk.applications.instance !== undefined;
  return from && !isGiven ? { from } : {};
}

function wordOf({ scope }: Place, callee: Callable, { name, value }: Argument): Value | undefined {
  if (callee.kind !== 'operator' || value.kind !== 'identifier') return undefined;
  const isWord = isWordArgument(callee.operator, name?.text, value.text, scope.find(value.text) !== undefined);
  return isWord ? { kind: 'word', value: value.text } : undefined;
}

export function callWith(
  place: Place,
  callee: Callable,
  given: readonly EvaluatedArgument[],
  span: Span,
  flowing: boolean,
): Value {
  switch (callee.kind) {
    case 'operator':
      return callOperator(place, callee.operator, given, span, flowing);
    case 'block':
      return blockInstance(callee.block, given, span);
    case 'initializer':
      return callInitializer(callee.initializer, given, span);
    case 'op':
      return callFormula(place, callee.formula, given, span, flowing);
    case 'function':
      if (flowing) return { kind: 'callable', target: { ...callee, rest: given } };
      return applyFunction(place, callee, given, span);
  }
}

function callOperator(
  place: Place,
  operator: OperatorDefinition,
  given: readonly EvaluatedArgument[],
  span: Span,
  flowing: boolean,
): Value {
  const isTensor = ({ name, value }: EvaluatedArgument) => !name && value.kind === 'tensor';
  const first = given.findIndex((argument) => !isTensor(argument));
  const leading = given.slice(0, first < 0 ? given.length : first);
  const tensors = leading.flatMap(({ value, span: at }) =>
    value.kind === 'tensor' ? [{ node: value.node, span: at }] : [],
  );
  const layer = layerValue(operator, tensors, given.slice(tensors.length), span);
  if (flowing || !isComplete(operator, tensors, span)) return layer;
  return { kind: 'tensor', node: applyOperator(place, { ...layer, operands: tensors, via: 'call' }) };
}

function callFormula(
  place: Place,
  formula: OperatorFormula,
  given: readonly EvaluatedArgument[],
  span: Span,
  flowing: boolean,
): Value {
  const { operator, tensors, rest, complete } = callOperatorFormula(formula, given, span, flowing);
  const layer = layerValue(operator, tensors, rest, span);
  if (!complete) return layer;
  return { kind: 'tensor', node: applyOperator(place, { ...layer, operands: tensors, via: 'call' }) };
}

/** Whether a call that nothing flows into has all its tensors. */
function isComplete({ inputs, name, kind }: OperatorDefinition, tensors: readonly PlacedTensor[], span: Span): boolean {
  if (inputs === 'many') return tensors.length > 0;
  const absent = inputs - tensors.length;
  if (absent < 0 || absent > (kind === 'layer' ? 1 : 0)) wrongInputs(name, inputs, tensors, span);
  return tensors.length === inputs;
}

export function wrongInputs(name: string, wanted: number, found: readonly PlacedTensor[], span: Span): never {
  const surplus = found[wanted]?.span;
  fail(
    'CNN2027',
    `\`${name}\` takes ${wanted} tensor${wanted === 1 ? '' : 's'}, found ${found.length}`,
    surplus ?? span,
    {
      ...help(
        wanted === 1 ? `write \`x -> ${name}\`` : `write \`${name}(${['a', 'b', 'c'].slice(0, wanted).join(', ')})\``,
      ),
    },
  );
}

export function layerValue(
  operator: OperatorDefinition,
  tensors: readonly PlacedTensor[],
  all: readonly EvaluatedArgument[],
  span: Span,
): LayerValue {
  const { rest, training } = takeTraining(operator, all);
  const { name, example } = operator;
  const misplaced = rest.find(({ value }) => value.kind === 'tensor');
  if (misplaced && !misplaced.name && tensors.length === 0 && operator.attributes.length === 0)
    fail('CNN2027', `\`${name}\` takes its tensors first`, misplaced.span, help(`write \`${example}\``));
  const parameters = operator.attributes.map((spec) => spec.name);
  const placedNames = placed(operator.attributes).map((spec) => spec.name);
  const matched = matchArguments({ name, parameters, placed: placedNames, example }, rest);
  const attributes: Record<string, AttributeValue> = {};
  const absent = operator.attributes.filter((spec) => isRequired(spec) && !matched.has(spec.name));
  if (absent.length > 0)
    fail('CNN2022', `\`${name}\` needs ${listed(absent.map((spec) => spec.name))}`, span, {
      ...help(`for example \`${example}\``),
    });
  for (const spec of operator.attributes) {
    const found = matched.get(spec.name);
    attributes[spec.name] = found ? attributeValue(operator, spec, found.value, found) : spec.default;
  }
  const attributeSpans = new Map([...matched].map(([key, found]) => [key, found.span]));
  const start = operator.attributes.find((spec) => spec.starts && matched.has(spec.name));
  if (start && training?.init)
    fail('CNN2025', `\`${start.name}\` and \`init\` both say how \`${name}\` starts`, training.span, {
      notes: [{ message: `\`${start.name}\` is given here`, span: attributeSpans.get(start.name)! }],
      ...help('remove one of them'),
    });
  return {
    kind: 'layer',
    operator,
    attributes,
    attributeSpans,
    tensors,
    ...(training && { training }),
    span,
    written: span,
  };
}

export function blockInstance(block: BlockDefinition, given: readonly EvaluatedArgument[], span: Span): InstanceValue {
  const { item } = block;
  const parameters = item.parameters.map((parameter) => parameter.name.text);
  const matched = matchArguments({ name: item.name.text, parameters }, given);
  const absent = item.parameters.filter((parameter) => !parameter.defaultValue && !matched.has(parameter.name.text));
  if (absent.length > 0)
    fail('CNN2022', `\`${item.name.text}\` needs ${listed(absent.map((parameter) => parameter.name.text))}`, span, {
      notes: [{ message: 'the block is defined here', span: item.name.span }],
      ...help(`write \`${item.name.text}(${parameters.join(', ')})\``),
    });
  const values = new Map([...matched].map(([name, { value }]) => [name, value]));
  return { kind: 'instance', block, arguments: values, span };
}

function nothingFlowsInto(value: Value, span: Span): never {
  return fail('CNN2030', `nothing can flow into ${describe(value)}`, span, {
    ...help(
      value.kind === 'tensor'
        ? 'behind `->` stands a layer or a block; join tensors with `+` or `concat(a, b)`'
        : 'behind `->` stands a layer or a block, for example `relu`',
    ),
  });
}

/** What can be applied to a tensor. */
export type Applicable = LayerValue | InstanceValue | { readonly kind: 'function'; readonly target: FunctionTarget };
type FunctionTarget = Extract<Callable, { kind: 'function' }>;

/** What a value that stands behind `->` applies. */
export function applicable(value: Value, span: Span): Applicable {
  if (value.kind === 'layer' || value.kind === 'instance') return { ...value, span };
  if (value.kind !== 'callable') return nothingFlowsInto(value, span);
  const { target } = value;
  if (target.kind === 'operator') return layerValue(target.operator, [], [], span);
  if (target.kind === 'block') return blockInstance(target.block, [], span);
  if (target.kind === 'initializer') return nothingFlowsInto(value, span);
  if (target.kind === 'op')
    return layerValue(callOperatorFormula(target.formula, [], span, true).operator, [], [], span);
  return { kind: 'function', target };
}
