/** @file `assert`: what is constant is decided as soon as it is read; figures of the whole network are left open. */
import { DiagnosticError, type Span } from '../../diagnostics/diagnostic.ts';
import type { BinaryExpression, Expression } from '../../syntax/ast.ts';
import { nodesOf } from '../../syntax/visit.ts';
import { isBelow } from '../layers/freeze.ts';
import { didYouMean, fail, help } from '../problems.ts';
import type { Place, Walk } from '../walk/walk.ts';
import { applyBinary } from './arithmetic.ts';
import {
  type Claim,
  type FigureName,
  falseClaims,
  figuresOf,
  isFigure,
  kindOf,
  partsOf,
  type ValueFigure,
  valueFigureNames,
} from './claims.ts';
import { describe, type Value } from './values.ts';

/** Decides `condition` if it is constant, or gives the claim that is left. Reports CNN2042 and CNN2045. */
export function readAssertion(place: Place, condition: Expression): Claim | undefined {
  const claim = claimOf(place, condition);
  expectKind(claim, 'boolean');
  if (figuresOf(claim).length > 0) return claim;
  const [problem] = falseClaims(claim, () => Number.NaN);
  if (problem) throw new DiagnosticError(problem);
  return undefined;
}

function claimOf(place: Place, expression: Expression): Claim {
  const { span } = expression;
  const name = figureName(place, expression);
  if (name) return { kind: 'figure', name, span };
  const ofValue = valueFigure(place, expression);
  if (ofValue) return ofValue;
  const joins = expression.kind === 'binary' && ['and', 'or'].includes(expression.operator);
  if (joins || (expression.kind === 'binary' && mentionsFigure(place, expression)))
    return binaryClaim(place, expression);
  if (!mentionsFigure(place, expression)) return constantClaim(place, expression);
  if (expression.kind === 'unary') {
    const operand = claimOf(place, expression.operand);
    expectKind(operand, expression.operator === 'not' ? 'boolean' : 'number');
    return { kind: expression.operator === 'not' ? 'not' : 'negative', operand, span };
  }
  return fail('CNN2045', 'a figure of the network cannot stand here', span, {
    ...help('figures are computed with, compared, and joined by `and` and `or`'),
  });
}

function binaryClaim(place: Place, { operator, left, right, span }: BinaryExpression): Claim {
  const kind = operator === 'and' || operator === 'or' ? 'boolean' : 'number';
  const first = claimOf(place, left);
  expectKind(first, kind);
  // As everywhere, the right side is looked at only if the left one does not decide.
  if (kind === 'boolean' && first.kind === 'constant' && first.value === (operator === 'or')) return first;
  const second = claimOf(place, right);
  expectKind(second, kind);
  return { kind: 'binary', operator, left: first, right: second, span };
}

/** `macs` or `memory.peak`, unless the program has given the name another meaning. */
function figureName({ scope }: Place, expression: Expression): FigureName | undefined {
  const isMember = expression.kind === 'member' && expression.object.kind === 'identifier';
  const head = isMember ? expression.object : expression;
  if (head.kind !== 'identifier' || scope.find(head.text) || !isFigure(head.text)) return undefined;
  if (expression.kind !== 'member') return head.text;
  const whole = `${head.text}.${expression.member.text}`;
  if (isFigure(whole)) return whole;
  const parts = partsOf(head.text);
  const { span } = expression.member;
  const otherwise = parts.length > 0 ? undefined : `write \`${head.text}\` alone`;
  return fail('CNN2035', `\`${head.text}\` has no \`${expression.member.text}\``, span, {
    ...didYouMean(expression.member.text, parts, span, otherwise),
  });
}

/** `features.sees`: a figure of a tensor. */
function valueFigure(place: Place, expression: Expression): Claim | undefined {
  if (!isValueFigure(place, expression)) return undefined;
  const { object, member, span } = expression;
  const value = place.walk.evaluate(place, object);
  if (value.kind !== 'tensor') return undefined;
  const figure = member.text as ValueFigure['figure'];
  const path = `${place.group.prefix}${object.text}`;
  const layers = figure === 'sees' ? [] : layersBelow(place.walk, path);
  if (figure !== 'sees' && layers.length === 0)
    fail('CNN2035', `\`${object.text}\` applies no layers of which \`${figure}\` could be counted`, span, {
      ...help('name a value that layers are applied in, or write the figure of the whole network'),
    });
  return { kind: 'figure', name: `${object.text}.${figure}`, of: { figure, node: value.node, layers }, span };
}

function layersBelow(walk: Walk, path: string): string[] {
  const names = walk.identities.all.map((identity) => ({ identity, name: walk.identities.nameOf(identity) }));
  return names.filter(({ identity, name }) => isBelow(identity, name, path)).map(({ name }) => name);
}

type ValueMember = Extract<Expression, { kind: 'member' }> & {
  readonly object: Extract<Expression, { kind: 'identifier' }>;
};

function isValueFigure({ scope }: Place, expression: Expression): expression is ValueMember {
  if (expression.kind !== 'member' || expression.object.kind !== 'identifier') return false;
  const isKnown = valueFigureNames.some((name) => name === expression.member.text);
  return isKnown && scope.find(expression.object.text)?.value?.kind === 'tensor';
}

function mentionsFigure(place: Place, expression: Expression): boolean {
  const names = nodesOf(expression, 'identifier');
  if (names.some(({ text }) => isFigure(text) && !place.scope.find(text))) return true;
  return nodesOf(expression, 'member').some((member) => isValueFigure(place, member));
}

/** A comparison of two numbers keeps both, for the message. */
function constantClaim(place: Place, expression: Expression): Claim {
  const { span } = expression;
  if (expression.kind !== 'binary') return constant(place.walk.evaluate(place, expression), span);
  const left = place.walk.evaluate(place, expression.left);
  const right = place.walk.evaluate(place, expression.right);
  const value = applyBinary(place, expression, left, right);
  if (value.kind !== 'boolean' || left.kind !== 'number' || right.kind !== 'number') return constant(value, span);
  const sides = { left: constant(left, expression.left.span), right: constant(right, expression.right.span) };
  return { kind: 'binary', operator: expression.operator, ...sides, span };
}

function constant(value: Value, span: Span): Claim {
  if (value.kind === 'number' || value.kind === 'boolean') return { kind: 'constant', value: value.value, span };
  return fail('CNN2033', `a condition must be constant, found ${describe(value)}`, span, {
    ...help('compare shapes, parameters of the network, or figures such as `macs`'),
  });
}

function expectKind(claim: Claim, kind: 'number' | 'boolean'): void {
  if (kindOf(claim) === kind) return;
  fail('CNN2033', kind === 'number' ? 'this must be a number' : 'this must be true or false', claim.span, {
    ...help(kind === 'number' ? 'compare numbers' : 'compare it, for example with `< 300k`'),
  });
}
