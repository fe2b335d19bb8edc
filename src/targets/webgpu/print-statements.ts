/**
 * @file Statements and expressions of the loop language as WGSL. A block is one image, so a varying value is a number as a
 * uniform one is; they differ in where they lie. Integers are `i32`. There is no f64: a *wide* sum is added up in three
 * levels, each of which takes over from the one below after so many additions.
 */
import { InternalError } from '../../diagnostics/diagnostic.ts';
import type { Affine } from '../../ir/affine.ts';
import type { BoundTerm, Condition, Expression, Local, Statement } from '../../loop/ir.ts';

/** Additions after which a level of a wide sum goes on in the next: a power of two. */
const LEVEL = 64;

const INDENT = '  ';

type Loop = Extract<Statement, { kind: 'loop' }>;

/** What stands in the place of a store; the statement unless given. */
export type PrintStore = (store: Extract<Statement, { kind: 'store' }>) => string[];

/** Loops whose rounds so many invocations share: that with the number `turn` takes one in so many. */
export type SharedLoops = ReadonlyMap<Statement, number>;

/** Which of them this invocation is. */
export const TURN = 'turn';

const plainStore: PrintStore = ({ address, value, mode }) => {
  if (mode === 'add') throw new InternalError('webgpu', 'a sum over the batch is added to inside of a loop');
  return [`${placeOf(address)} = ${printExpression(value)};`];
};

export function placeOf(address: Affine): string {
  return `M[${printAffine(address)}]`;
}

export function printStatements(
  statements: readonly Statement[],
  store: PrintStore = plainStore,
  shared?: SharedLoops,
): string[] {
  return statements.flatMap((statement) => printStatement(statement, store, shared));
}

export function indented(lines: readonly string[], depth = 1): string[] {
  return lines.map((line) => INDENT.repeat(depth) + line);
}

function printStatement(statement: Statement, store: PrintStore, shared?: SharedLoops): string[] {
  switch (statement.kind) {
    case 'loop':
      // What is stored in the rounds of a loop is no sum over the batch.
      return printLoop(statement, shared);
    case 'int':
      return [`let ${nameOf(statement.name)} = ${printQuotient(statement.value, statement.divisor)};`];
    case 'let':
      return [`let ${nameOf(statement.name)} = ${printExpression(statement.value)};`];
    case 'var':
      return statement.wide
        ? wideParts(statement.name)
        : [`var ${nameOf(statement.name)} = ${printExpression(statement.value)};`];
    case 'widen':
      return widen(nameOf(statement.name), nameOf(statement.value.name));
    case 'accumulate':
      return [`${nameOf(statement.name)} += ${printExpression(statement.value)};`];
    case 'assign':
      return [`${nameOf(statement.name)} = ${printExpression(statement.value)};`];
    case 'store':
      return store(statement);
  }
}

function wideParts(name: string): string[] {
  const wide = nameOf(name);
  return [`var ${wide} = 0f;`, `var ${wide}_mid = 0f;`, `var ${wide}_low = 0f;`, `var ${wide}_many = 0;`];
}

function widen(wide: string, value: string): string[] {
  return [
    `${wide}_low += ${value};`,
    `${wide}_many += 1;`,
    `if (${wide}_many % ${LEVEL} == 0) {`,
    `  ${wide}_mid += ${wide}_low;`,
    `  ${wide}_low = 0f;`,
    `  if (${wide}_many % ${LEVEL ** 2} == 0) {`,
    `    ${wide} += ${wide}_mid;`,
    `    ${wide}_mid = 0f;`,
    '  }',
    '}',
  ];
}

function printLoop(loop: Loop, shared?: SharedLoops): string[] {
  const { variable, from, to, step, body } = loop;
  const sharers = shared?.get(loop) ?? 1;
  const bound = (terms: readonly BoundTerm[], direction: 'up' | 'down', choose: 'max' | 'min') =>
    [...new Set(terms.map((term) => printBound(term, direction)))].reduce((a, b) => `${choose}(${a}, ${b})`);
  const name = nameOf(variable);
  const end = bound(to, 'down', 'min');
  const isPlain = /^\w+$/.test(end);
  const begin = bound(from, 'up', 'max');
  const turn = step === 1 ? TURN : `${TURN} * ${step}`;
  const first = sharers === 1 ? begin : begin === '0' ? turn : `${begin} + ${turn}`;
  return [
    ...(isPlain ? [] : [`let ${name}_end = ${end};`]),
    `for (var ${name} = ${first}; ${name} < ${isPlain ? end : `${name}_end`}; ${name} += ${step * sharers}) {`,
    ...indented(printStatements(body, plainStore, shared)),
    '}',
  ];
}

/** Names of the graph that mean something in WGSL are others here. */
export function nameOf(name: string): string {
  return /^(__|[fiu](16|32)$|vec\d|mat\d|M$)/.test(name) ? `own_${name}` : name;
}

export function printExpression(expression: Expression, outer = 0): string {
  const print = (part: Expression) => printExpression(part);
  switch (expression.kind) {
    case 'constant':
      return printNumber(expression.value);
    case 'local':
      return printLocal(expression);
    case 'load':
      return placeOf(expression.address);
    case 'position':
      return `f32(${printAffine(expression.index)})`;
    case 'guarded':
      return `select(0f, ${print(expression.value)}, ${expression.conditions.map(printCondition).join(' & ')})`;
    case 'arithmetic': {
      const level = expression.operator === '+' || expression.operator === '-' ? 1 : 2;
      const [left, right] = [printExpression(expression.left, level), printExpression(expression.right, level + 1)];
      const text = `${left} ${expression.operator} ${right}`;
      return level < outer ? `(${text})` : text;
    }
    case 'call':
      return `${FUNCTIONS[expression.name] ?? expression.name}(${expression.arguments.map(print).join(', ')})`;
    case 'select': {
      const condition = `${printExpression(expression.left, 1)} ${expression.comparison} ${printExpression(expression.right, 1)}`;
      return `select(${print(expression.whenFalse)}, ${print(expression.whenTrue)}, ${condition})`;
    }
    case 'random':
      return `random(${print(expression.seed)}, ${expression.stream}u, ${printAffine(expression.element)})`;
    case 'laneSum':
      return printExpression(expression.operand, outer);
    case 'entry':
    case 'reduction':
      throw new InternalError('webgpu', 'a reduction was not lowered');
  }
}

/** What is not called as WGSL calls it, or is more exact than there. */
const FUNCTIONS: Readonly<Record<string, string>> = {
  exp: 'exponential',
  log: 'logarithm',
  sqrt: 'root',
  max: 'largest',
  min: 'smallest',
  tanh: 'tangent',
  pow: 'power',
};

function printLocal({ name, wide }: Local): string {
  const text = nameOf(name);
  return wide ? `(${text} + (${text}_mid + ${text}_low))` : text;
}

/** Infinity and NaN are no literals: they are bits that the host hands over. */
export function printNumber(value: number): string {
  const rounded = Math.fround(value);
  if (Number.isNaN(rounded)) return 'not_a_number()';
  if (!Number.isFinite(rounded)) return rounded > 0 ? 'infinity()' : '(-infinity())';
  const text = shortest(rounded);
  return rounded < 0 || Object.is(rounded, -0) ? `(${text}f)` : `${text}f`;
}

/** The fewest digits that are this number in f32. */
function shortest(rounded: number): string {
  for (let digits = 1; digits < 9; digits++) {
    const text = Number(rounded.toPrecision(digits));
    if (Math.fround(text) === rounded) return Object.is(rounded, -0) ? '-0' : `${text}`;
  }
  return `${Number(rounded.toPrecision(9))}`;
}

/** As WGSL divides integers: towards 0. */
function printQuotient(affine: Affine, divisor = 1): string {
  return divisor === 1 ? printAffine(affine) : `(${printAffine(affine)}) / ${divisor}`;
}

export function printAffine(affine: Affine): string {
  const term = (name: string, size: number) => (size === 1 ? nameOf(name) : `${nameOf(name)} * ${size}`);
  const positive = affine.terms.filter(([, c]) => c > 0).map(([name, c]) => term(name, c));
  const negative = affine.terms.filter(([, c]) => c < 0).map(([name, c]) => term(name, -c));
  if (affine.constant > 0) positive.push(`${affine.constant}`);
  if (affine.constant < 0) negative.push(`${-affine.constant}`);
  return [positive.join(' + ') || '0', ...negative].join(' - ');
}

/** Divisions of integers round towards 0 in WGSL; bounds are rounded up or down. */
function printBound({ affine, divisor }: BoundTerm, direction: 'up' | 'down'): string {
  const text = printAffine(affine);
  return divisor === 1 ? text : `divided_${direction}(${text}, ${divisor})`;
}

/**
 * Without branches: below 0 is beyond the extent, of integers without a sign. What is known is said: no negative literal can
 * be taken for such an integer.
 */
function printCondition({ index, divisor, extent }: Condition): string {
  const { constant, terms } = index;
  if (terms.length === 0) return `${constant % divisor === 0 && constant >= 0 && constant < extent * divisor}`;
  const text = printAffine(index);
  const exact = divisor === 1 ? '' : `((${text}) % ${divisor} == 0) & `;
  return `${exact}(u32(${text}) < ${extent * divisor}u)`;
}
