/** @file Runs the statements of a body in their order. A statement that fails is reported, and the next one is run. */

import type { Span } from '../../diagnostics/diagnostic.ts';
import { definedNames } from '../../resolve/bodies.ts';
import { isRequired } from '../../specs/attributes.ts';
import type {
  AssertStatement,
  Binding,
  BlockItem,
  Expression,
  ForStatement,
  Name,
  NetworkItem,
  Statement,
} from '../../syntax/ast.ts';
import { nodesOf } from '../../syntax/visit.ts';
import { frozenPaths } from '../layers/freeze.ts';
import { newGroup } from '../layers/naming.ts';
import { Scope } from '../names/scope.ts';
import { fail, help, KnownFailure } from '../problems.ts';
import { runNetworkStatement } from '../results.ts';
import type { Place } from '../walk/walk.ts';
import { readAssertion } from './assertions.ts';
import { applicable } from './calls.ts';
import { evaluate } from './expressions.ts';
import { describe, type Value } from './values.ts';

export type BodyKind = 'network' | 'block' | 'for';

/** What the body returns, if it does; throws a `KnownFailure` when a statement of a block failed. */
export function runBody(place: Place, item: NetworkItem | BlockItem, kind: BodyKind): Value | undefined {
  const { definitions } = place.walk;
  const names = definitions.get(item) ?? item.body.flatMap(definedNames);
  definitions.set(item, names);
  const { later } = place.scope;
  for (const { text, span } of names) if (!later.has(text)) later.set(text, span);
  return runStatements(place, item.body, kind, item.span);
}

function runStatements(place: Place, body: readonly Statement[], kind: BodyKind, whole: Span): Value | undefined {
  let returned: Value | undefined;
  let failed = false;
  let end = whole.start + 1;
  for (const statement of body) {
    failed = skipLost(place, { ...whole, start: end, end: statement.span.start }) || failed;
    end = statement.span.end;
    const done = place.walk.attempt(() => {
      place.walk.budget.step(statement.span);
      if (place.walk.options.damage?.isBroken(statement)) return false;
      const value = runStatement(place, statement, kind);
      returned ??= value;
      return true;
    });
    if (done) continue;
    failed = true;
    markFailed(place, statement, done === false);
  }
  failed = skipLost(place, { ...whole, start: end }) || failed;
  if (failed && kind !== 'network') throw new KnownFailure();
  return returned;
}

/** Whether there are statements between two that the parser could not read. What they may have defined is lost. */
function skipLost({ walk, scope }: Place, between: Span): boolean {
  const regions = walk.options.damage?.regionsIn(between) ?? [];
  for (const { isNameless, defined } of regions) {
    if (isNameless) scope.loseAll();
    for (const text of defined) scope.lose({ text, span: between });
  }
  return regions.length > 0;
}

function runStatement(place: Place, statement: Statement, kind: BodyKind): Value | undefined {
  switch (statement.kind) {
    case 'binding':
      bind(place, statement);
      return undefined;
    case 'for':
      loop(place, statement);
      return undefined;
    case 'allow':
      return undefined;
    case 'assert':
      check(place, statement);
      return undefined;
    case 'freeze':
      place.walk.draft.frozen.push(...frozenPaths(place, statement.name));
      return undefined;
    case 'return':
      if (kind === 'block')
        return evaluate(
          { ...place, group: newGroup(place.group.prefix, undefined, undefined, place.group.outer) },
          statement.value,
        );
      break;
    default:
      if (kind === 'network') {
        runNetworkStatement(place, statement);
        return undefined;
      }
  }
  return misplaced(statement, kind);
}

/** Reports CNN2017. */
export function misplaced(statement: Statement, kind: BodyKind): never {
  const where = kind === 'for' ? 'in a `for`' : `in a ${kind}`;
  return fail('CNN2017', `\`${statement.kind}\` cannot stand ${where}`, statement.span, {
    ...help(
      statement.kind === 'return'
        ? 'a network ends with `output`; only a block returns, once, at its end'
        : 'move it into the body of the network',
    ),
  });
}

/** A layer that is bound to a name is declared: all its applications share its weights. */
function bind(place: Place, { name, value: expression }: Binding): void {
  const { prefix, outer } = place.group;
  const group = newGroup(prefix, name.text + place.rounds, undefined, outer);
  const value = declared(evaluate({ ...place, group }, expression), expression, `${prefix}${group.name}`);
  place.scope.assign(name, value);
}

export function declared(value: Value, { span }: Expression, name: string): Value {
  if (value.kind === 'layer' || value.kind === 'instance')
    return value.declaration ? value : { ...value, declaration: { name } };
  if (value.kind !== 'callable' || value.target.kind === 'function' || needsArguments(value.target)) return value;
  const layer = applicable(value, span);
  return layer.kind === 'function' ? value : { ...layer, declaration: { name } };
}

function needsArguments(target: Exclude<Extract<Value, { kind: 'callable' }>['target'], { kind: 'function' }>) {
  if (target.kind === 'operator') return target.operator.attributes.some(isRequired);
  // Which arguments an `op` needs depends on what flows in.
  if (target.kind === 'op' || target.kind === 'initializer') return true;
  return target.block.item.parameters.some((parameter) => !parameter.defaultValue);
}

function loop(place: Place, { variables, list, body, span: whole }: ForStatement): void {
  listItems(evaluate(place, list), list).forEach((value, round) => {
    const scope = new Scope(place.scope, true);
    const values = variables.length === 1 ? [value] : itemsFor(variables, value, list);
    variables.forEach((variable, k) => {
      scope.define(variable, 'variable', values[k]!);
    });
    runStatements({ ...place, scope, rounds: `${place.rounds}.${round}` }, body, 'for', {
      ...whole,
      start: list.span.end,
    });
  });
}

function listItems(value: Value, { span }: Expression): readonly Value[] {
  if (value.kind === 'list') return value.items;
  return fail('CNN2032', `\`for\` goes through a list, found ${describe(value)}`, span, {
    ...help('write the values in brackets: `for width in [16, 32]`'),
  });
}

/** One item of the list for several names: a list of as many. */
function itemsFor(variables: readonly Name[], value: Value, { span }: Expression): readonly Value[] {
  const names = variables.map(({ text }) => text);
  if (value.kind === 'list' && value.items.length === names.length) return value.items;
  const found = value.kind === 'list' ? `a list of ${value.items.length}` : describe(value);
  return fail('CNN2032', `\`for ${names.join(', ')}\` takes lists of ${names.length}, found ${found}`, span, {
    ...help(`write lists in a list: \`[[${names.map((_, k) => k + 1).join(', ')}], …]\``),
  });
}

function check(place: Place, { condition }: AssertStatement): void {
  const claim = readAssertion(place, condition);
  if (claim) place.walk.draft.claims.push(claim);
}

/**
 * What a failed statement would have defined fails quietly wherever it is used. So does what it would have given another
 * value: one that could not be read (`isBroken`), or a `for` that was not run to its end.
 */
function markFailed({ scope }: Place, statement: Statement, isBroken: boolean): void {
  const names = definedNames(statement);
  if (isBroken) for (const name of names) scope.lose(name);
  else for (const name of names) if (!scope.find(name.text)) scope.define(name, 'value', undefined);
  if (statement.kind !== 'for') return;
  const rebound = new Set(nodesOf(statement, 'binding').map(({ name }) => name.text));
  scope.loseAll((name) => rebound.has(name));
}
