/** @file Pipelines: `x -> conv1: conv(6, 5x5) -> repeat(3) Basic(16) -> relu`. */
import type { Span } from '../../diagnostics/diagnostic.ts';
import type { Expression, Name, PipelineExpression, Stage } from '../../syntax/ast.ts';
import { applyOperator } from '../layers/apply-operator.ts';
import { fail, help } from '../problems.ts';
import { inPlaceName, type Naming, type Place } from '../walk/walk.ts';
import { type Applicable, applicable, evaluateCall, wrongInputs } from './calls.ts';
import { takenBranch, wholeNumber } from './constants.ts';
import { applyFunction } from './functions.ts';
import { describe, type LayerValue, type PlacedTensor, type TensorValue, type Value } from './values.ts';

const maximumRepeat = 10_000;

export function evaluatePipeline(place: Place, { source, stages }: PipelineExpression): Value {
  const value = place.walk.evaluate(place, source);
  if (value.kind !== 'tensor')
    return fail('CNN2031', `${describe(value)} cannot flow into a layer`, source.span, {
      ...help('a pipeline starts with a tensor, such as an input: `image -> relu`'),
    });
  let flow: PlacedTensor = { node: value.node, span: source.span };
  for (const stage of stages) flow = { node: applyStage(place, stage, flow).node, span: stage.span };
  return { kind: 'tensor', node: flow.node };
}

function applyStage(place: Place, stage: Stage, input: PlacedTensor): TensorValue {
  const { name, quoted, target, span } = stage;
  if (name && quoted) checkName(name);
  const count = stage.repeat && repeatCount(place, stage.repeat);
  const value = applicable(stageTarget(place, target), target.span);
  let flow = input;
  for (let round = 0; round < (count ?? 1); round++) {
    const naming = { ...(name && { name: name.text, quoted }), ...(count !== undefined && { round }) };
    flow = { node: applyValue(place, value, flow, naming, span).node, span };
  }
  const result: TensorValue = { kind: 'tensor', node: flow.node };
  place.walk.options.observe?.(stage, result);
  if (name && !quoted) place.scope.define(name, 'layer', result);
  return result;
}

/** `layer1.0`: what names of parameters are made of. */
function checkName({ text, span }: Name): void {
  if (/^\w+(\.\w+)*$/.test(text)) return;
  fail('CNN2044', `layers cannot be called \`${text}\``, span, {
    ...help('use letters, digits and `_`, in parts that are joined by dots'),
  });
}

function repeatCount(place: Place, expression: Expression): number {
  const count = wholeNumber(place.walk.evaluate(place, expression), expression.span, 'the count of a repeat');
  if (count > maximumRepeat)
    fail('CNN4004', `a repeat of ${count} is too long`, expression.span, help(`repeat at most ${maximumRepeat} times`));
  return count;
}

/** In a stage a call lacks the tensor that flows in. */
function stageTarget(place: Place, target: Expression): Value {
  if (target.kind === 'if') return stageTarget(place, takenBranch(place, target));
  return target.kind === 'call' ? evaluateCall(place, target, true) : place.walk.evaluate(place, target);
}

function applyValue(place: Place, value: Applicable, flow: PlacedTensor, naming: Naming, span: Span): TensorValue {
  place.walk.budget.step(span);
  if (value.kind === 'instance') return place.walk.options.applyBlock(place, value, flow, naming);
  if (value.kind === 'layer') return applyLayer(place, value, flow, naming);
  const argument = { value: { kind: 'tensor', node: flow.node } as const, span: flow.span };
  const { rest = [] } = value.target;
  return applyFunction(place, value.target, [argument, ...rest], span) as TensorValue;
}

function applyLayer(place: Place, layer: LayerValue, flow: PlacedTensor, naming: Naming): TensorValue {
  const { operator, tensors } = layer;
  const inputs = [flow, ...tensors];
  if (operator.inputs !== 'many' && operator.inputs !== inputs.length)
    wrongInputs(operator.name, operator.inputs, inputs, layer.span);
  const fixed = inPlaceName(place, naming);
  const node = applyOperator(place, { ...layer, operands: inputs, via: 'call', ...(fixed !== undefined && { fixed }) });
  return { kind: 'tensor', node };
}
