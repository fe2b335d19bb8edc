/** @file The statements that only a network has: what flows in, and what is wanted of it. */
import type { Span } from '../diagnostics/diagnostic.ts';
import { type Node, type Shape, sourceOf } from '../ir/graph.ts';
import { OPERATORS } from '../ops/registry.ts';
import type {
  Expression,
  InputStatement,
  LossStatement,
  MetricStatement,
  OutputStatement,
  Statement,
  TargetStatement,
} from '../syntax/ast.ts';
import { wholeNumber } from './evaluate/constants.ts';
import { overBatch } from './evaluate/elementwise.ts';
import { evaluate } from './evaluate/expressions.ts';
import { applyExpression } from './evaluate/functions.ts';
import { classesOf, describe, type Value } from './evaluate/values.ts';
import { checkExtent } from './layers/apply-operator.ts';
import { newGroup } from './layers/naming.ts';
import type { ModelTarget } from './model.ts';
import { ourName } from './names/foreign-names.ts';
import { resolveName } from './names/names.ts';
import { fail, help } from './problems.ts';
import type { Place } from './walk/walk.ts';

export type NetworkStatement = Extract<Statement, { kind: 'input' | 'target' | 'loss' | 'metric' | 'output' }>;

export function runNetworkStatement(place: Place, statement: NetworkStatement): void {
  if (statement.kind === 'input') input(place, statement);
  else if (statement.kind === 'target') target(place, statement);
  else if (statement.kind === 'loss') loss(place, statement);
  else if (statement.kind === 'metric') metric(place, statement);
  else output(place, statement);
}

function input(place: Place, { name, type }: InputStatement): void {
  const { walk, scope } = place;
  const written = shapeOf(place, type, 'an input');
  const { inputShapes } = walk.options;
  const shape = inputShapes?.get(name.text) ?? inputShapes?.get('') ?? written;
  if (shape !== written) checkExtent(shape, type.span, 'an input');
  const node = walk.draft.builder.source({ role: 'image', name: name.text }, shape, name.text);
  scope.define(name, 'input', { kind: 'tensor', node });
  walk.draft.inputs.push({ name: name.text, shape, node });
}

function target(place: Place, { name, type: expression }: TargetStatement): void {
  const { walk, scope } = place;
  const type = targetType(place, expression);
  const { kind: _, shape = [], ...classes } = type;
  const node = walk.draft.builder.source({ role: 'target', name: name.text, ...classes }, shape, name.text);
  scope.define(name, 'target', { kind: 'tensor', node });
  walk.draft.targets.push({ name: name.text, type, node });
}

/** `class(10)`, `class(21, [32, 32])` for a class at every place, `ignore: 255` for what is no class; or a shape. */
function targetType(place: Place, expression: Expression): ModelTarget['type'] {
  if (expression.kind !== 'call' || expression.callee.text !== 'class')
    return { kind: 'tensor', shape: shapeOf(place, expression, 'a target') };
  const given = expression.arguments;
  const [count, size] = given.filter(({ name }) => !name);
  const [ignore] = given.filter(({ name }) => name?.text === 'ignore');
  if (!count || given.some((argument) => ![count, size, ignore].includes(argument)))
    return fail(
      'CNN2038',
      '`class` takes the number of classes, the size of a map of them, and `ignore`',
      expression.span,
      help('write `class(10)`, or `class(21, [32, 32], ignore: 255)` for a class at every pixel'),
    );
  const classes = wholeNumber(evaluate(place, count.value), count.value.span, 'the number of classes', 2);
  if (classes > largestLabel)
    fail('CNN2038', `there can be at most ${largestLabel} classes, found ${classes}`, count.value.span, {
      ...help('labels are 32-bit floats, which do not tell larger numbers apart'),
    });
  return {
    kind: 'class',
    classes,
    ...(size && { shape: shapeOf(place, size.value, 'a map of classes') }),
    ...(ignore && { ignore: ignoredNumber(place, ignore.value, classes) }),
  };
}

/** Labels are compared as f32, which has all whole numbers up to here. */
const largestLabel = 2 ** 24;

function ignoredNumber(place: Place, expression: Expression, classes: number): number {
  const value = evaluate(place, expression);
  const number = value.kind === 'number' ? value.value : Number.NaN;
  const isClass = number >= 0 && number < classes;
  if (Number.isInteger(number) && !isClass && Math.abs(number) <= largestLabel) return number;
  if (Number.isInteger(number) && !isClass)
    fail('CNN2038', `\`ignore\` can be at most ${largestLabel}, found ${number}`, expression.span, {
      ...help('labels are 32-bit floats; write `ignore: 255` or `ignore: -1`, and give the data that label'),
    });
  return fail('CNN2038', `\`ignore\` is a whole number that is no class, found ${describe(value)}`, expression.span, {
    ...help(`the classes are 0 to ${classes - 1}; write \`ignore: 255\` or \`ignore: -1\``),
  });
}

function shapeOf(place: Place, expression: Expression, what: string): Shape {
  const isMap = what === 'a map of classes';
  const form = what === 'a target' ? '`class(10)` or a shape such as `[1, 28, 28]`' : 'a shape such as `[1, 28, 28]`';
  const isClass = expression.kind === 'call' && expression.callee.text === 'class';
  const value: Value | undefined = isClass ? undefined : evaluate(place, expression);
  if (value?.kind !== 'list' || value.items.length < 1 || value.items.length > (isMap ? 2 : 3))
    return fail(
      'CNN2038',
      `${what} has one to ${isMap ? 'two' : 'three'} dimensions, given as a list`,
      expression.span,
      help(
        batchHelp(value, isMap) ??
          (isMap ? 'write `[32, 32]`: height, width' : `write ${form}: channels, height, width`),
      ),
    );
  const spans = expression.kind === 'list' ? expression.items.map((item) => item.span) : [];
  const shape = value.items.map((item, k) => wholeNumber(item, spans[k] ?? expression.span, 'a dimension', 1));
  checkExtent(shape, expression.span, what);
  return shape;
}

/** `[64, 1, 28, 28]` */
function batchHelp(value: Value | undefined, isMap: boolean): string | undefined {
  const sizes =
    value?.kind === 'list' ? value.items.flatMap((item) => (item.kind === 'number' ? [item.value] : [])) : [];
  return sizes.length === 4 && !isMap ? `the batch is never written: \`[${sizes.slice(1).join(', ')}]\`` : undefined;
}

function loss(place: Place, { value: expression, span }: LossStatement): void {
  const { builder } = place.walk.draft;
  if (builder.results.some(({ role }) => role === 'loss'))
    fail('CNN2018', 'a network has one loss, and this is the second', span, {
      ...help('add them up: `loss a + 0.3 * b`'),
    });
  const own = { ...place, group: newGroup(place.group.prefix, undefined, 'loss') };
  builder.results.push({ role: 'loss', node: oneNumber(own, evaluate(own, expression), expression.span, 'a loss') });
}

function metric(place: Place, { name, value: expression, span }: MetricStatement): void {
  const { builder } = place.walk.draft;
  const text = name?.text ?? (expression.kind === 'call' ? expression.callee.text : nameless(expression, span));
  if (text === 'loss')
    fail('CNN2002', 'a metric cannot be called `loss`, since there is one loss', name?.span ?? span, {
      ...help('give it another name'),
    });
  if (builder.results.some((result) => result.role === 'metric' && result.name === text))
    fail('CNN2002', `there are two metrics \`${text}\``, name?.span ?? expression.span, {
      ...help(`give this one a name: \`metric other = ${text}(…)\``),
    });
  builder.results.push({ role: 'metric', name: text, ...measured(place, expression, text) });
}

/** One number, or what the runtime makes one number or a table of. */
function measured(outer: Place, expression: Expression, name: string): { node: Node; finish?: string } {
  const place = { ...outer, group: newGroup(outer.group.prefix, undefined, name) };
  const value = evaluate(place, expression);
  const finish = value.kind === 'tensor' ? place.walk.draft.finishes.get(value.node) : undefined;
  if (value.kind === 'tensor' && finish) return { node: value.node, finish };
  return { node: oneNumber(place, value, expression.span, 'a metric') };
}

function nameless(expression: Expression, span: Span): never {
  const metrics = OPERATORS.flatMap(({ kind, name }) => (kind === 'metric' ? [name] : []));
  const meant = expression.kind === 'identifier' ? ourName(expression.text, metrics) : undefined;
  return fail('CNN2019', 'this metric needs a name', span, {
    ...help(
      meant ? `did you mean \`metric ${meant}(logits, label)\`?` : 'write `metric error = 1 - accuracy(logits, label)`',
    ),
  });
}

/** A single number for the batch: one number per image is meaned. */
function oneNumber(place: Place, value: Value, span: Span, what: string): Node {
  if (value.kind !== 'tensor' || value.node.shape.length > 0 || classesOf(value.node) !== undefined)
    return fail('CNN2039', `${what} is one number, found ${describe(value)}`, span, {
      ...help(
        value.kind === 'tensor' && value.node.shape.length > 0
          ? 'reduce it: `mean(…)` over all elements, or `sum(…)`'
          : 'for example `crossentropy(logits, label)` or `mean((a - b)^2)`',
      ),
    });
  if (!value.node.varying) return value.node;
  return applyExpression(place, overBatch, [{ node: value.node, span }], span, 'implicit');
}

function output(place: Place, { name, value: expression, span }: OutputStatement): void {
  const { walk, scope } = place;
  if (walk.draft.outputs.some((known) => known.name === name.text))
    fail('CNN2002', `there are two outputs \`${name.text}\``, name.span, help('give one of them another name'));
  const group = newGroup(place.group.prefix, name.text);
  const value = expression ? evaluate({ ...place, group }, expression) : resolveName(place, name);
  const node = outputNode(value, expression?.span ?? span);
  if (expression) scope.define(name, 'output', value);
  walk.draft.outputs.push({ name: name.text, node });
  walk.draft.builder.results.push({ role: 'output', name: name.text, node });
}

function outputNode(value: Value, span: Span): Node {
  if (value.kind === 'tensor' && value.node.varying && sourceOf(value.node)?.role !== 'target') return value.node;
  return fail('CNN2040', `an output is a tensor of each image, found ${describe(value)}`, span, {
    ...help('put out what a layer gives, for example `output probs = softmax(logits)`'),
  });
}
