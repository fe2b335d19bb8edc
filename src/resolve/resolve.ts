/**
 * @file What every name of a file stands for, found without running it: scopes, definitions, uses. The rules are those of
 * the semantics, which a test compares name by name: blocks, functions, operators and imports are known in the whole
 * file, constants and the names of bodies below their definitions.
 */
import type { Item, Program } from '../syntax/ast.ts';
import { resolveBody } from './bodies.ts';
import type { DefinitionKind } from './definition.ts';
import { resolveExpression } from './expressions.ts';
import { resolveFunction, resolveOperator } from './formulas.ts';
import type { Resolution } from './resolution.ts';
import { type ResolveOptions, Resolver } from './resolver.ts';
import { resolveTrain } from './settings.ts';

export function resolve(program: Program, options: ResolveOptions): Resolution {
  const resolver = new Resolver(program, options);
  for (const item of program.items) {
    if (item.kind === 'binding') resolver.scope.later.set(item.name.text, item.name.span);
    else defineItem(resolver, item);
  }
  for (const item of program.items) if (item.kind === 'binding') resolveConstant(resolver, item);
  for (const item of program.items) resolveItem(resolver, item);
  return resolver;
}

const kinds = { block: 'block', fn: 'function', op: 'operator' } as const satisfies Record<string, DefinitionKind>;

/** A network has a name of its own kind: `train` speaks of it, and nothing else. */
function defineItem(resolver: Resolver, item: Item): void {
  const { scope, options } = resolver;
  switch (item.kind) {
    case 'block':
    case 'fn':
    case 'op':
      resolver.define(scope, item.name, kinds[item.kind], item);
      break;
    case 'network':
      resolver.definitions.push({ name: item.name, kind: 'network', node: item, writes: [], uses: [] });
      break;
    case 'import':
      for (const name of item.names)
        resolver.define(scope, name, 'import', item, options.imports?.get(item)?.scope.own(name.text));
  }
}

function resolveConstant(resolver: Resolver, item: Extract<Item, { kind: 'binding' }>): void {
  resolveExpression(resolver, { scope: resolver.scope, item }, item.value);
  resolver.define(resolver.scope, item.name, 'constant', item);
}

function resolveItem(resolver: Resolver, item: Item): void {
  switch (item.kind) {
    case 'network':
    case 'block':
      resolveBody(resolver, item);
      break;
    case 'fn':
      resolveFunction(resolver, item);
      break;
    case 'op':
      resolveOperator(resolver, item);
      break;
    case 'train':
      resolveTrain(resolver, item);
  }
}
