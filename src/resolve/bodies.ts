/** @file The names of networks and blocks, statement by statement: a name is known below its definition only. */
import type {
  BlockItem,
  CallExpression,
  Expression,
  ForStatement,
  Name,
  NetworkItem,
  Statement,
} from '../syntax/ast.ts';
import { nodesOf } from '../syntax/visit.ts';
import { resolveExpression } from './expressions.ts';
import { NameScope } from './name-scope.ts';
import type { Resolver, Site } from './resolver.ts';

export function resolveBody(resolver: Resolver, item: NetworkItem | BlockItem): void {
  const site: Site = { scope: new NameScope(item, resolver.scope), item };
  if (item.kind === 'block') resolver.define(site.scope, { text: 'in', span: item.name.span }, 'flow', item);
  for (const parameter of item.parameters) {
    if (parameter.defaultValue) resolveExpression(resolver, site, parameter.defaultValue);
    resolver.define(site.scope, parameter.name, 'parameter', parameter);
  }
  const { later } = site.scope;
  for (const { text, span } of item.body.flatMap(definedNames)) if (!later.has(text)) later.set(text, span);
  for (const statement of item.body) resolveStatement(resolver, site, statement);
}

/** The names that a statement defines in its body; those of a `for` are its own. */
export function definedNames(statement: Statement): Name[] {
  if (statement.kind === 'for') return [];
  const stages = nodesOf(statement, 'stage').flatMap(({ name }) => name ?? []);
  switch (statement.kind) {
    case 'input':
    case 'target':
    case 'binding':
      return [...stages, statement.name];
    case 'output':
      return statement.value ? [...stages, statement.name] : stages;
    default:
      return stages;
  }
}

function resolveStatement(resolver: Resolver, site: Site, statement: Statement): void {
  const { scope } = site;
  switch (statement.kind) {
    case 'input':
    case 'target':
      resolveType(resolver, site, statement.type);
      resolver.define(scope, statement.name, statement.kind, statement);
      break;
    case 'binding':
      resolveExpression(resolver, site, statement.value);
      resolver.assign(scope, statement.name, statement);
      break;
    case 'output':
      if (statement.value) resolveExpression(resolver, site, statement.value);
      else resolver.read(site, statement.name);
      if (statement.value) resolver.define(scope, statement.name, 'output', statement);
      break;
    case 'allow':
      break;
    case 'assert':
      resolveExpression(resolver, { ...site, isClaim: true }, statement.condition);
      break;
    case 'freeze':
      for (const name of nodesOf(statement, 'identifier')) resolver.readSoftly(scope, name);
      break;
    case 'metric':
      // Without a name it is called after what it applies: a word alone is no metric.
      if (statement.name || statement.value.kind !== 'identifier') resolveExpression(resolver, site, statement.value);
      else resolver.readSoftly(scope, statement.value);
      break;
    case 'for':
      resolveLoop(resolver, site, statement);
      break;
    default:
      resolveExpression(resolver, site, statement.value);
  }
}

/** `class(10)` is a type, and no call. */
function resolveType(resolver: Resolver, site: Site, type: Expression): void {
  const expected = type.kind === 'list' || isClass(type) ? 'integer' : 'list';
  const sized: Site = { ...site, argument: { value: type, expected } };
  if (!isClass(type)) return resolveExpression(resolver, sized, type);
  resolver.word(type.callee);
  for (const { value } of type.arguments) resolveExpression(resolver, sized, value);
}

function isClass(type: Expression): type is CallExpression {
  return type.kind === 'call' && type.callee.text === 'class';
}

function resolveLoop(resolver: Resolver, site: Site, statement: ForStatement): void {
  resolveExpression(resolver, site, statement.list);
  const scope = new NameScope(statement, site.scope);
  for (const variable of statement.variables) resolver.define(scope, variable, 'variable', statement);
  for (const inner of statement.body) resolveStatement(resolver, { ...site, scope }, inner);
}
