/** @file The names of formulas: the bodies of `fn` and `op` know their parameters, and numbers and functions of the file. */
import type {
  Expression,
  FunctionItem,
  Name,
  OperatorItem,
  Parameter,
  SyntaxKind,
  TensorPattern,
} from '../syntax/ast.ts';
import { childrenOf, nodesOf } from '../syntax/visit.ts';
import type { Definition, DefinitionKind } from './definition.ts';
import { NameScope } from './name-scope.ts';
import type { Resolver, Site } from './resolver.ts';

type Missing = 'argument' | 'axis';

export function resolveFunction(resolver: Resolver, item: FunctionItem): void {
  const site: Site = { scope: new NameScope(item, resolver.scope), item };
  for (const parameter of item.parameters) defineParameter(resolver, site, parameter, 'argument');
  resolveFormula(resolver, site, item.body, 'argument');
}

function defineParameter(resolver: Resolver, site: Site, parameter: Parameter, missing: Missing): void {
  if (parameter.defaultValue) resolveFormula(resolver, site, parameter.defaultValue, missing);
  resolver.define(site.scope, parameter.name, 'parameter', parameter);
}

export function resolveOperator(resolver: Resolver, item: OperatorItem): void {
  const outer: Site = { scope: resolver.scope, item };
  const site: Site = { scope: new NameScope(item, resolver.scope), item };
  for (const operand of item.operands) definePattern(resolver, site.scope, operand);
  for (const { defaultValue } of item.parameters)
    if (defaultValue) resolveFormula(resolver, outer, defaultValue, 'axis');
  for (const parameter of item.parameters) resolver.define(site.scope, parameter.name, 'parameter', parameter);
  for (const axis of item.result.axes) useAxis(resolver, site.scope, axis, item.result);
  for (const reduction of nodesOf(item.body, 'reduce'))
    for (const axis of reduction.axes)
      if (axis.text === 'batch') resolver.word(axis);
      else useAxis(resolver, site.scope, axis, reduction);
  resolveFormula(resolver, site, item.body, 'axis');
}

function definePattern(resolver: Resolver, scope: NameScope, pattern: TensorPattern): void {
  resolver.define(scope, pattern.name, 'operand', pattern);
  for (const axis of pattern.axes) useAxis(resolver, scope, axis, pattern);
}

/** An axis is defined where it is named first; after that it is the same axis. */
function useAxis(resolver: Resolver, scope: NameScope, axis: Name, node: Definition['node']): void {
  const known = scope.own(axis.text);
  if (known) resolver.readAs(axis, known);
  else resolver.define(scope, axis, 'axis', node);
}

/** Not in what no formula can have: that is the mistake, whatever the names in it. */
function resolveFormula(resolver: Resolver, site: Site, part: Expression, missing: Missing): void {
  if (!parts[missing].includes(part.kind)) return;
  if (part.kind === 'identifier') readNumber(resolver, site, part, missing);
  else if (part.kind === 'call') readFunction(resolver, site, part.callee, missing);
  for (const child of childrenOf(part))
    resolveFormula(resolver, site, child.kind === 'argument' ? child.value : (child as Expression), missing);
}

const scalarParts: readonly SyntaxKind[] = ['identifier', 'call', 'unary', 'binary', 'if'];

const parts: Readonly<Record<Missing, readonly SyntaxKind[]>> = {
  argument: scalarParts,
  axis: [...scalarParts, 'index', 'reduce'],
};

const numbers: readonly DefinitionKind[] = ['parameter', 'operand', 'axis', 'constant'];

/** What could not be imported may be anything. */
const isOneOf = ({ kind, target }: Definition, kinds: readonly DefinitionKind[]): boolean =>
  kind === 'import' ? !target || kinds.includes(target.kind) : kinds.includes(kind);

const isNumber = (definition: Definition) => isOneOf(definition, numbers);
const isFunction = (definition: Definition) => isOneOf(definition, ['function']);

function readNumber(resolver: Resolver, site: Site, name: Name, missing: Missing): void {
  const found = site.scope.find(name.text);
  if (found && isNumber(found)) resolver.readAs(name, found);
  else resolver.missInFormula(site, name, missing, isNumber);
}

/** A parameter is no function: the name means the one of the file. */
function readFunction(resolver: Resolver, site: Site, name: Name, missing: Missing): void {
  const found = resolver.scope.find(name.text);
  if (missing === 'axis' && name.text === 'inside') resolver.uses.push({ name, builtin: 'function' });
  else if (found && isFunction(found)) resolver.readAs(name, found);
  else if (resolver.vocabulary.isFormulaFunction(name.text)) resolver.uses.push({ name, builtin: 'function' });
  else resolver.missInFormula(site, name, 'function', isFunction);
}
