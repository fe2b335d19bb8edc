/**
 * @file Kernels as JavaScript. Without SIMD a varying value is `lanes` scalars, so every varying statement is written
 * once per lane. Arithmetic is in doubles and rounded to f32 only where it is stored; integers are kept in 32 bits by
 * `| 0`, which is what lets engines use machine integers for addresses.
 */
import { InternalError } from '../../diagnostics/diagnostic.ts';
import { POWER_SOURCE } from '../../formula/elementary-functions.ts';
import { ERF_SOURCE } from '../../formula/erf.ts';
import type { Affine } from '../../ir/affine.ts';
import { hoistAddresses } from '../../loop/hoist-addresses.ts';
import {
  type BoundTerm,
  type Buffer,
  type Condition,
  END_BLOCK,
  type Expression,
  FIRST_BLOCK,
  type Local,
  type Statement,
  type Variance,
  varianceOf,
} from '../../loop/ir.ts';
import { RANDOM_SOURCE } from '../../loop/random.ts';
import type { PlacedKernel } from '../../plan/lowered-program.ts';

/** Functions that kernels may call and JavaScript lacks. */
const FUNCTION_SOURCES: Readonly<Record<string, string>> = {
  erf: ERF_SOURCE,
  pow: POWER_SOURCE,
  random: RANDOM_SOURCE,
};

/** The functions that printed kernels call. */
export function functionSources(kernels: readonly string[]): string[] {
  return Object.entries(FUNCTION_SOURCES).flatMap(([name, source]) => {
    const call = new RegExp(`\\b${name}\\(`);
    return kernels.some((text) => call.test(text)) ? source : [];
  });
}

/** Where a buffer lies: `start + block * perBlock`, in floats. */
export interface Placement {
  readonly start: number;
  readonly perBlock: number;
}

interface JsOptions {
  readonly lanes: number;
  readonly placementOf: (buffer: Buffer) => Placement;
}

/** A function `name(block)` over the module's memory `M`. */
export function printKernel({ name, documentation, kernel, slots }: PlacedKernel, lanes: number): string {
  const placementOf = (buffer: Buffer) => {
    const { start, perBlock } = slots[kernel.buffers.indexOf(buffer)]!;
    return { start, perBlock: kernel.overBlocks ? 0 : perBlock };
  };
  const printer = new KernelPrinter({ lanes, placementOf });
  const moving = kernel.buffers.filter((buffer) => placementOf(buffer).perBlock !== 0);
  const bases = moving.map((buffer) => {
    const { start, perBlock } = placementOf(buffer);
    return `  const ${baseName(buffer)} = (${start} + Math.imul(block, ${perBlock})) | 0;`;
  });
  const body = hoistAddresses(kernel.body, {
    baseVariable: (buffer) => (moving.includes(buffer) ? baseName(buffer) : undefined),
    unit: 1,
    foldNegative: false,
  });
  const block = moving.length > 0 ? 'block' : '';
  const parameters = kernel.overBlocks ? `${FIRST_BLOCK}, ${END_BLOCK}` : block;
  const comments = documentation.map((line) => `// ${line}`);
  const lines = [...bases, ...printer.block(body, 1)];
  return `${comments.join('\n')}\nfunction ${name}(${parameters}) {\n${lines.join('\n')}\n}\n`;
}

/** A name from the graph as an identifier. */
export function identifier(name: string): string {
  const text = name.replace(/[^A-Za-z0-9_]/g, '_');
  return /^[0-9]/.test(text) ? `_${text}` : text;
}

function baseName(buffer: Buffer): string {
  return `${identifier(buffer.name)}_at`;
}

class KernelPrinter {
  constructor(readonly options: JsOptions) {}

  block(statements: readonly Statement[], depth: number): string[] {
    return statements.flatMap((statement) => this.#statement(statement, '  '.repeat(depth), depth));
  }

  #statement(statement: Statement, indent: string, depth: number): string[] {
    switch (statement.kind) {
      case 'loop':
        return this.#loop(statement, indent, depth);
      case 'int':
        return [`${indent}const ${statement.name} = ${printInteger(statement.value, statement.divisor)};`];
      case 'widen': {
        const { value } = statement;
        const total = { ...value, name: statement.name };
        const lanes = value.folded ? [0] : this.#lanesOf(value.variance);
        return [`${indent}${lanes.map((lane) => `${nameOf(total, lane)} += ${nameOf(value, lane)};`).join(' ')}`];
      }
      case 'accumulate': {
        const terms = this.#lanesOf(varianceOf(statement.value), statement.width).map((lane) =>
          this.#print(statement.value, lane, 2),
        );
        return [`${indent}${statement.name} += ${terms.join(' + ')};`];
      }
      case 'let':
        return [
          `${indent}const ${this.#assignments(statement.name, statement.variance, statement.value, statement.width).join(', ')};`,
        ];
      case 'var':
        if (statement.folded) return [`${indent}let ${statement.name} = ${this.#print(statement.value, 0, 0)};`];
        return [`${indent}let ${this.#assignments(statement.name, statement.variance, statement.value).join(', ')};`];
      case 'assign':
        return [`${indent}${this.#assignments(statement.name, statement.variance, statement.value).join('; ')};`];
      case 'store':
        return [`${indent}${this.#store(statement)}`];
    }
  }

  #loop(loop: Extract<Statement, { kind: 'loop' }>, indent: string, depth: number): string[] {
    const { variable } = loop;
    const from = loop.from.map((term) => printBound(term, 'up')).filter((text, k, all) => all.indexOf(text) === k);
    const to = loop.to.map((term) => printBound(term, 'down')).filter((text, k, all) => all.indexOf(text) === k);
    const start = from.length === 1 ? from[0]! : `Math.max(${from.join(', ')})`;
    const lines: string[] = [];
    let end = to[0]!;
    if (to.length > 1) {
      end = `${variable}_end`;
      lines.push(`${indent}const ${end} = Math.min(${to.join(', ')});`);
    }
    const step = loop.step === 1 ? `${variable}++` : `${variable} += ${loop.step}`;
    lines.push(`${indent}for (let ${variable} = ${start}; ${variable} < ${end}; ${step}) {`);
    return [...lines, ...this.block(loop.body, depth + 1), `${indent}}`];
  }

  #lanesOf(variance: Variance, width = this.options.lanes): number[] {
    return variance === 'varying' ? Array.from({ length: width }, (_, lane) => lane) : [0];
  }

  #assignments(name: string, variance: Variance, value: Expression, width?: number): string[] {
    return this.#lanesOf(variance, width).map(
      (lane) => `${localName(name, variance, lane)} = ${this.#print(value, lane, 0)}`,
    );
  }

  #store({ buffer, address, value, mode, width }: Extract<Statement, { kind: 'store' }>): string {
    const sign = mode === 'add' ? '+=' : '=';
    return this.#lanesOf(buffer.variance, width)
      .map((lane) => `${this.#place(buffer, address, lane)} ${sign} ${this.#print(value, lane, 0)};`)
      .join(' ');
  }

  #place(buffer: Buffer, address: Affine, lane: number): string {
    const { start, perBlock } = this.options.placementOf(buffer);
    const offset = address.constant + lane + (perBlock === 0 ? start : 0);
    const [term] = address.terms;
    if (!term) return `M[${offset}]`;
    return offset === 0 ? `M[${term[0]}]` : `M[(${term[0]} + ${offset}) | 0]`;
  }

  #print(expression: Expression, lane: number, outer: number): string {
    const print = (part: Expression, level = 0) => this.#print(part, lane, level);
    switch (expression.kind) {
      case 'constant':
        return printNumber(expression.value);
      case 'local':
        return nameOf(expression, lane);
      case 'load':
        return this.#place(expression.buffer, expression.address, expression.buffer.variance === 'varying' ? lane : 0);
      case 'position':
        return printAffineSum(expression.index);
      case 'entry':
        throw new InternalError('js', 'an axis of a matrix is not written out');
      case 'guarded':
        return `(${expression.conditions.map(printCondition).join(' && ')} ? ${print(expression.value)} : 0)`;
      case 'arithmetic': {
        const level = expression.operator === '+' || expression.operator === '-' ? 1 : 2;
        const text = `${print(expression.left, level)} ${expression.operator} ${print(expression.right, level + 1)}`;
        return level < outer ? `(${text})` : text;
      }
      case 'call':
        return `${expression.name in FUNCTION_SOURCES ? '' : 'Math.'}${expression.name}(${expression.arguments.map((argument) => print(argument)).join(', ')})`;
      case 'select': {
        const sign =
          expression.comparison === '==' ? '===' : expression.comparison === '!=' ? '!==' : expression.comparison;
        const condition = `${print(expression.left, 1)} ${sign} ${print(expression.right, 1)}`;
        return `(${condition} ? ${print(expression.whenTrue)} : ${print(expression.whenFalse)})`;
      }
      case 'random':
        return `random(${print(expression.seed)}, ${expression.stream}, ${printInteger(expression.element)})`;
      case 'laneSum':
        return this.#laneSum(expression.operand);
      case 'reduction':
        throw new InternalError('print-kernel', 'a reduction was not lowered');
    }
  }

  /** Upper half onto the lower, until one is left. */
  #laneSum(operand: Expression): string {
    if (operand.kind === 'local' && operand.folded) return operand.name;
    let lanes = this.#lanesOf(varianceOf(operand)).map((lane) => this.#print(operand, lane, 1));
    while (lanes.length > 1) {
      const half = lanes.length / 2;
      lanes = lanes.slice(0, half).map((text, k) => `(${text} + ${lanes[half + k]!})`);
    }
    return lanes[0]!;
  }
}

function nameOf({ name, variance, folded }: Local, lane: number): string {
  return folded ? name : localName(name, variance, lane);
}

function localName(name: string, variance: Variance, lane: number): string {
  return variance === 'varying' ? `${name}_${lane}` : name;
}

function printNumber(value: number): string {
  if (value === Number.NEGATIVE_INFINITY) return '-Infinity';
  return value < 0 || Object.is(value, -0) ? `(${value})` : `${value}`;
}

/** `30 - i0`, `at0 + o0 * 25`: positive terms first. */
function printAffineSum(affine: Affine): string {
  const term = (name: string, size: number) => (size === 1 ? name : `${name} * ${size}`);
  const positive = affine.terms.filter(([, c]) => c > 0).map(([name, c]) => term(name, c));
  const negative = affine.terms.filter(([, c]) => c < 0).map(([name, c]) => term(name, -c));
  if (affine.constant > 0 || (positive.length === 0 && affine.constant === 0 && negative.length === 0))
    positive.push(`${affine.constant}`);
  if (affine.constant < 0) negative.push(`${-affine.constant}`);
  if (positive.length === 0) positive.push('0');
  const text = [positive.join(' + '), ...negative].join(' - ');
  return text.includes(' ') ? `(${text})` : text;
}

function printInteger(affine: Affine, divisor = 1): string {
  const text = printAffineSum(affine);
  if (divisor > 1) return `(${text} / ${divisor}) | 0`;
  return text.startsWith('(') ? `${text} | 0` : text;
}

/** Bounds are rounded by floor division, which for negative numbers is not what `/ n | 0` does. */
function printBound(term: BoundTerm, direction: 'up' | 'down'): string {
  const text = printAffineSum(term.affine);
  if (term.divisor === 1) return text;
  return direction === 'up' ? `Math.ceil(${text} / ${term.divisor})` : `Math.floor(${text} / ${term.divisor})`;
}

function printCondition({ index, divisor, extent }: Condition): string {
  const text = printAffineSum(index);
  const exact = divisor === 1 ? '' : `${text} % ${divisor} === 0 && `;
  return `${exact}${text} >= 0 && ${text} < ${extent * divisor}`;
}
