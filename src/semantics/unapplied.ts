/**
 * @file Blocks that nothing applies. What a block computes depends on what flows in, so without an application only its
 * names can be checked: each must be known where it stands.
 */
import type { BlockItem, Name, Program, Statement } from '../syntax/ast.ts';
import { resolveName } from './names.ts';
import { Scope } from './scope.ts';
import { definedNames } from './statements.ts';
import { namesIn } from './usage.ts';
import type { Value } from './values.ts';
import type { Place } from './walk.ts';

/** Reports CNN2001 and CNN2003 to the walk of `file`, for blocks of the program that it did not come to. */
export function checkUnapplied(file: Place, { items }: Program): void {
  for (const item of items) if (item.kind === 'block' && !file.walk.definitions.has(item)) checkBlock(file, item);
}

function checkBlock(file: Place, { name, parameters, body }: BlockItem): void {
  const scope = new Scope<Value>(file.scope);
  const place: Place = { ...file, scope };
  define(scope, { text: 'in', span: name.span });
  for (const parameter of parameters) {
    if (parameter.defaultValue) resolveAll(place, namesIn([parameter.defaultValue]));
    define(scope, parameter.name);
  }
  checkBody(place, body);
}

/** In order, since names are known below their definitions only. Values are unknown: what uses them fails quietly. */
function checkBody(place: Place, body: readonly Statement[]): void {
  const { scope } = place;
  for (const { text, span } of body.flatMap(definedNames)) scope.later.set(text, span);
  for (const statement of body) {
    if (statement.kind === 'for') {
      resolveAll(place, namesIn([statement.list]));
      const round: Place = { ...place, scope: new Scope(scope, true) };
      for (const variable of statement.variables) define(round.scope, variable);
      checkBody(round, statement.body);
    } else if (statement.kind !== 'assert' && statement.kind !== 'freeze') resolveAll(place, namesIn([statement]));
    for (const name of definedNames(statement)) define(scope, name);
  }
}

function define(scope: Scope<Value>, name: Name): void {
  if (!scope.find(name.text)) scope.define(name, 'value', undefined);
}

function resolveAll(place: Place, names: readonly Name[]): void {
  for (const name of names) place.walk.attempt(() => resolveName(place, name));
}
