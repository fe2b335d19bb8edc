/**
 * @file Definitions that nothing applies. What they compute depends on what flows in, so without an application only what
 * is certain for any of them is checked: names (which `resolve` has done), statements, arguments of layers, and formulas.
 */
import { checkOperator } from '../formula/check-operator.ts';
import { applyFunctionItem, FormulaError } from '../formula/scalar-from-syntax.ts';
import { access, constant, type Scalar } from '../ir/scalar.ts';
import { definedNames } from '../resolve/bodies.ts';
import type { Resolution } from '../resolve/resolution.ts';
import type { BlockItem, CallExpression, FunctionItem, Item, SyntaxNode } from '../syntax/ast.ts';
import { childrenOf, nodesOf } from '../syntax/visit.ts';
import { returnOf } from './evaluate/blocks.ts';
import { evaluateCall } from './evaluate/calls.ts';
import { formulaNames, readingFormula } from './evaluate/formulas.ts';
import { misplaced } from './evaluate/statements.ts';
import type { Value } from './evaluate/values.ts';
import { Scope } from './names/scope.ts';
import type { Place } from './walk/walk.ts';

/** Reports to the walk of `file` what is wrong with the definitions that it did not come to. */
export function checkUnapplied(file: Place, { definitions }: Resolution): void {
  for (const definition of definitions) {
    const { node } = definition;
    if (file.walk.options.damage?.isDamaged(node as Item)) continue;
    if (node.kind === 'block' && definition.kind === 'block' && !file.walk.definitions.has(node))
      checkBlock(file, node);
    if (definition.uses.length > 0) continue;
    if (node.kind === 'fn' && definition.kind === 'function') file.walk.attempt(() => checkFunction(file, node));
    if (node.kind === 'op' && definition.kind === 'operator')
      file.walk.attempt(() => readingFormula(node.name.text, node.span, () => checkOperator(node)));
  }
}

function checkBlock(file: Place, item: BlockItem): void {
  const { walk } = file;
  walk.attempt(() => returnOf(item));
  for (const statement of nodesOf(item, 'input', 'target', 'loss', 'metric', 'output'))
    walk.attempt(() => misplaced(statement, 'block'));
  const place: Place = { ...file, scope: unknownScope(file.scope, item) };
  forCalls(item, false, (call, flowing) => walk.attempt(() => evaluateCall(place, call, flowing)));
}

/** What flows in, parameters and all that is made of them are unknown: what depends on them fails quietly. */
function unknownScope(file: Scope<Value>, item: BlockItem): Scope<Value> {
  const scope = new Scope<Value>(file);
  const loops = nodesOf(item, 'for');
  const statements = [...item.body, ...loops.flatMap(({ body }) => body)];
  const names = [
    { text: 'in', span: item.name.span },
    ...item.parameters.map(({ name }) => name),
    ...loops.flatMap(({ variables }) => variables),
    ...statements.flatMap(definedNames),
  ];
  const known = new Set<string>();
  for (const name of names) {
    if (!known.has(name.text)) scope.define(name, 'value', undefined);
    known.add(name.text);
  }
  return scope;
}

/** Every call below `node`, and whether something flows into it. */
function forCalls(node: SyntaxNode, flowing: boolean, see: (call: CallExpression, flowing: boolean) => void): void {
  if (node.kind === 'call') see(node, flowing);
  for (const child of childrenOf(node)) {
    const isTarget = node.kind === 'stage' ? child === node.target : isBranch(node, child) && flowing;
    if (node.kind !== 'assert' && node.kind !== 'freeze') forCalls(child, isTarget, see);
  }
}

function isBranch(node: SyntaxNode, child: SyntaxNode): boolean {
  return node.kind === 'if' && (child === node.consequent || child === node.alternate);
}

/** Of numbers and tensors in the places of its parameters, one may be what it was written for: they must all fail alike. */
function checkFunction(file: Place, item: FunctionItem): void {
  const trials: readonly ((parameter: number) => Scalar)[] = [
    (parameter) => access(parameter, []),
    (parameter) => (parameter === 0 ? access(0, []) : constant(0.5)),
    () => constant(0.5),
  ];
  const failures = trials.map((given) => failureOf(file, item, given));
  const [first] = failures;
  const isCertain = failures.every(
    (failure) => failure?.span.start === first?.span.start && failure?.code === first?.code,
  );
  if (first && isCertain)
    readingFormula(item.name.text, item.span, () => {
      throw first;
    });
}

function failureOf(file: Place, item: FunctionItem, given: (parameter: number) => Scalar): FormulaError | undefined {
  const parameters = item.parameters.map(({ name }, k): [string, Scalar] => [name.text, given(k)]);
  const around = { span: item.span, callers: [] };
  try {
    applyFunctionItem({ item, names: formulaNames(file.scope) }, new Map(parameters), around);
    return undefined;
  } catch (error) {
    if (error instanceof FormulaError) return error;
    throw error;
  }
}
