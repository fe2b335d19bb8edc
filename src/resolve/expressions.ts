/** @file The names of expressions, in the order in which they are evaluated. */
import type { Argument, CallExpression, Expression, IfExpression, Name, Stage } from '../syntax/ast.ts';
import { childrenOf } from '../syntax/visit.ts';
import type { DefinitionKind } from './definition.ts';
import type { NameScope } from './name-scope.ts';
import type { Resolver, Site } from './resolver.ts';
import type { Expected } from './vocabulary.ts';

export function resolveExpression(resolver: Resolver, site: Site, expression: Expression): void {
  switch (expression.kind) {
    case 'identifier':
      resolver.read(site, expression);
      break;
    case 'call':
      resolveCall(resolver, site, expression);
      break;
    case 'if':
      resolveBranches(resolver, site, expression);
      break;
    case 'pipeline':
      resolveExpression(resolver, site, expression.source);
      for (const stage of expression.stages) resolveStage(resolver, site, stage);
      break;
    default:
      for (const child of childrenOf(expression)) resolveExpression(resolver, site, child as Expression);
  }
}

function resolveBranches(resolver: Resolver, site: Site, { condition, consequent, alternate }: IfExpression): void {
  resolveExpression(resolver, site, condition);
  site.scope.branch(
    () => resolveExpression(resolver, site, consequent),
    () => resolveExpression(resolver, site, alternate),
  );
}

function resolveStage(resolver: Resolver, site: Site, stage: Stage): void {
  const { name, quoted, repeat, target } = stage;
  if (repeat) resolveExpression(resolver, siteOf(site, repeat, 'integer'), repeat);
  if (target.kind === 'identifier') resolver.read({ ...site, isApplied: true }, target);
  else if (target.kind === 'call') resolveCall(resolver, site, target, true);
  else resolveExpression(resolver, site, target);
  if (name && !quoted) resolver.define(site.scope, name, 'layer', stage);
}

/** What a callee takes: words as well where it is built in, and nobody can tell where it is unknown or a value. */
type Takes = 'names' | 'anything' | { readonly builtin: string };

/** `flowing`: it is a stage of a pipeline, so that its tensor is none of its arguments. */
function resolveCall(resolver: Resolver, site: Site, call: CallExpression, flowing = false): void {
  const { callee, arguments: given } = call;
  if (!resolver.mayRead(site.scope, callee)) resolver.miss({ ...site, isApplied: true }, callee);
  const definition = site.scope.find(callee.text);
  const isBuiltin = !definition && resolver.vocabulary.builtin(callee.text);
  const kind = definition && (definition.target?.kind ?? definition.kind);
  const isCallable = kind && callables.includes(kind);
  const takes: Takes = isBuiltin ? { builtin: callee.text } : isCallable ? 'names' : 'anything';
  given.forEach((argument, position) => {
    const expected = isBuiltin
      ? resolver.vocabulary.expected(callee.text, argument.name, flowing ? position : undefined)
      : isCallable && (argument.name || kind === 'block')
        ? 'value'
        : undefined;
    resolveArgument(resolver, siteOf(site, argument.value, expected), takes, argument);
  });
}

/** Of an argument that is a name, or computed from some. */
export function siteOf(site: Site, value: Expression, expected: Expected | undefined): Site {
  const isPlain = ['identifier', 'binary', 'unary'].includes(value.kind);
  return { ...site, argument: expected && isPlain ? { value, expected } : undefined };
}

const callables: readonly DefinitionKind[] = ['block', 'function', 'operator'];

function resolveArgument(resolver: Resolver, site: Site, takes: Takes, { name, value }: Argument): void {
  const { scope } = site;
  if (value.kind !== 'identifier') resolveExpression(resolver, site, value);
  else if (takes === 'anything' && name) resolver.readSoftly(scope, value);
  else if (typeof takes === 'object' && isWord(resolver, scope, takes.builtin, name, value.text)) resolver.word(value);
  else resolver.read(site, value);
}

function isWord({ vocabulary }: Resolver, scope: NameScope, callee: string, name: Name | undefined, text: string) {
  return vocabulary.isWord(callee, name, text, scope.find(text) !== undefined);
}
