/**
 * @file Formulas in ONNX: an `op` or `fn` of the program, and what operators compute that ONNX has no name for. Expressions
 * have a dimension for each axis, behind the batch. Pointwise parts become arithmetic of maps, sums of products one `Einsum`;
 * every access that is no plain reading gathers elements. What depends on positions alone is computed here.
 */
import { product } from '../../common/shape.ts';
import { InternalError } from '../../diagnostics/diagnostic.ts';
import { expansionOf } from '../../formula/functions.ts';
import { type Slide, slideOf } from '../../formula/slides.ts';
import { coefficientOf } from '../../ir/affine.ts';
import { elementCount, formulaOf, type Node } from '../../ir/graph.ts';
import { type Access, type Axis, type Reduction, type Scalar, visitScalar } from '../../ir/scalar.ts';
import type { Arranged } from './arrange.ts';
import { everywhere, valueAt } from './closed.ts';
import { finished, writeContraction } from './contraction.ts';
import { aligned, Inexpressible, read, readAround, type Sliding } from './gather.ts';
import type { Extent, GraphWriter, Value } from './graph-writer.ts';
import { batchSize, broadcastShape, elementwise, expanded, repeated, reshaped } from './nodes.ts';
import { compared, writtenCall } from './pointwise.ts';

/** The axes that an expression may use, and what its accesses read out of range. */
interface Space {
  readonly axes: readonly Axis[];
  readonly fill: number;
  readonly known: Map<Scalar, Value>;
}

const spaceOf = (axes: readonly Axis[], fill = 0): Space => ({ axes, fill, known: new Map() });

/** Numbers beyond it would make the file larger than what it computes. */
const LARGEST_CONSTANT = 2 ** 24;

const ARITHMETIC = { '+': 'Add', '-': 'Sub', '*': 'Mul', '/': 'Div' } as const;

/** Values of nodes, and the numbers of those that depend on nothing. */
export interface Operands {
  value(node: Node): Value;
  known(node: Node): Float64Array | undefined;
}

const axisNames = (scalar: Scalar): Set<string> => {
  const names = new Set<string>();
  const add = (terms: readonly (readonly [axis: string, times: number])[]) => {
    for (const [axis] of terms) names.add(axis);
  };
  visitScalar(scalar, (part) => {
    if (part.kind === 'access') for (const { affine } of part.indices) add(affine.terms);
    if (part.kind === 'position') add(part.index.terms);
    if (part.kind === 'inside') add(part.index.affine.terms);
    if (part.kind === 'entry') add([...part.row.terms, ...part.column.terms]);
  });
  return names;
};

/** The numbers of a formula that reads nothing but values whose numbers are known. */
export function knownNumbers(node: Node, knownOf: Operands['known']): Float64Array | undefined {
  const formula = formulaOf(node);
  if (!formula || formula.output || !isClosed(formula.body, node, knownOf)) return undefined;
  if (elementCount(node.shape) > LARGEST_CONSTANT) return undefined;
  return numbersOver(formula.body, formula.axes, node, knownOf);
}

function isClosed(scalar: Scalar, node: Node, knownOf: Operands['known']): boolean {
  let closed = true;
  visitScalar(scalar, (part) => {
    if (part.kind === 'random' || (part.kind === 'reduce' && part.batch)) closed = false;
    if (closed && part.kind === 'access') closed = knownOf(node.inputs[part.operand]!) !== undefined;
  });
  return closed;
}

function numbersOver(scalar: Scalar, axes: readonly Axis[], node: Node, knownOf: Operands['known']): Float64Array {
  const count = product(axes.map(({ extent }) => extent));
  if (count > LARGEST_CONSTANT) throw new Inexpressible(`it needs a table of ${count} numbers`);
  const readKnown = ({ operand }: Access, place: readonly (number | undefined)[]) => {
    const { shape } = node.inputs[operand]!;
    let at = 0;
    for (const [k, index] of place.entries()) {
      if (index === undefined || index < 0 || index >= shape[k]!) return 0;
      at = at * shape[k]! + index;
    }
    return knownOf(node.inputs[operand]!)![at]!;
  };
  const numbers = new Float64Array(count);
  let next = 0;
  everywhere(axes, (place) => {
    numbers[next++] = valueAt(scalar, place, readKnown);
  });
  return numbers;
}

export class FormulaWriter {
  constructor(
    readonly writer: GraphWriter,
    readonly node: Node,
    readonly operands: Operands,
  ) {}

  /** The value of the node, in its shape. Throws `Inexpressible`. */
  write(): Value {
    const { axes, body, output } = formulaOf(this.node)!;
    if (output) throw new InternalError('export-onnx', `${this.node.name} is computed in tiles`);
    const value = this.#value(body, spaceOf(axes));
    return expanded(
      this.writer,
      value,
      axes.map(({ extent }) => extent),
    );
  }

  #value(scalar: Scalar, space: Space): Value {
    const known = space.known.get(scalar);
    if (known) return known;
    const value = this.#isClosed(scalar) ? this.#constant(scalar, space) : this.#open(scalar, space);
    space.known.set(scalar, value);
    return value;
  }

  #isClosed(scalar: Scalar): boolean {
    return isClosed(scalar, this.node, (node) => this.operands.known(node));
  }

  #constant(scalar: Scalar, { axes }: Space): Value {
    const used = this.#used(scalar, axes);
    const numbers = numbersOver(scalar, used, this.node, (node) => this.operands.known(node));
    const first = axes.findIndex((axis) => used.includes(axis));
    const shape = first < 0 ? [] : axes.slice(first).map((axis) => (used.includes(axis) ? axis.extent : 1));
    return this.writer.constant(numbers, shape);
  }

  #used(scalar: Scalar, axes: readonly Axis[]): Axis[] {
    const names = axisNames(scalar);
    return axes.filter(({ name }) => names.has(name));
  }

  #open(scalar: Scalar, space: Space): Value {
    const { writer } = this;
    switch (scalar.kind) {
      case 'access': {
        const { value, used } = read(
          writer,
          this.operands.value(this.node.inputs[scalar.operand]!),
          scalar.indices,
          space,
        );
        return aligned(writer, value, used, space.axes);
      }
      case 'arithmetic': {
        const right = this.#value(scalar.right, space);
        if (scalar.operator === '-' && scalar.left.kind === 'constant' && scalar.left.value === 0)
          return elementwise(writer, 'Neg', [right]);
        return elementwise(writer, ARITHMETIC[scalar.operator], [this.#value(scalar.left, space), right]);
      }
      case 'call':
        return this.#call(scalar, space);
      case 'select': {
        const [left, right, yes, no] = [scalar.left, scalar.right, scalar.whenTrue, scalar.whenFalse].map((part) =>
          this.#value(part, space),
        ) as [Value, Value, Value, Value];
        const condition = compared(writer, scalar.comparison, left, right);
        return writer.emit('Where', [condition, yes, no], { shape: broadcastShape([condition, yes, no]) });
      }
      case 'reduce':
        return this.#reduce(scalar, space.axes);
      case 'random':
        return this.#random(space);
      default:
        throw new InternalError('export-onnx', `a ${scalar.kind} is always known`);
    }
  }

  #call(scalar: Extract<Scalar, { kind: 'call' }>, space: Space): Value {
    const { name, arguments: given } = scalar;
    const args = given.map((argument) => this.#value(argument, space));
    const written = writtenCall(this.writer, name, args, given);
    if (written) return written;
    const expanded = expansionOf(name, given);
    if (!expanded) throw new Inexpressible(`ONNX has no \`${name}\``);
    return this.#value(expanded, space);
  }

  /** Other numbers than ours, but as evenly spread. */
  #random({ axes }: Space): Value {
    const { writer } = this;
    const zeros = writer.constant(
      [0],
      axes.map(() => 1),
    );
    const extents = axes.map(({ extent }) => extent);
    const like = expanded(writer, repeated(writer, zeros), extents);
    return writer.emit('RandomUniformLike', [like], { shape: like.shape });
  }

  #isVarying(scalar: Scalar): boolean {
    let varying = false;
    visitScalar(scalar, (part) => {
      if (part.kind === 'access' && this.operands.value(this.node.inputs[part.operand]!).varying) varying = true;
    });
    return varying;
  }

  #reduce(scalar: Reduction, outer: readonly Axis[]): Value {
    if (scalar.operator === 'sum') return this.#sum(scalar, outer);
    if (scalar.batch) throw new Inexpressible(`it takes the ${scalar.operator} over the batch`);
    const all = [...outer, ...scalar.axes];
    const body = this.#value(scalar.body, spaceOf(all, Number.NEGATIVE_INFINITY));
    if (scalar.axes.length === 0) return body;
    const inner = scalar.axes.map(({ extent }) => extent);
    const missing = new Array<number>(all.length - body.extents.length).fill(1);
    const rest = [...missing, ...body.extents].slice(0, outer.length);
    const whole = expanded(this.writer, body, [...rest, ...inner]);
    const flat = reshaped(this.writer, whole, [...rest, product(inner)]);
    const shape = flat.shape.slice(0, -1);
    const axis = flat.shape.length - 1;
    if (scalar.operator === 'max')
      return this.writer.emit('ReduceMax', [flat], { shape, attributes: { axes: [axis], keepdims: 0 } });
    const place = this.writer.emit('ArgMax', [flat], {
      shape,
      element: 'int64',
      attributes: { axis, keepdims: 0 },
    });
    return this.writer.emit('Cast', [place], { shape, attributes: { to: 1 } });
  }

  /** What does not change from term to term is taken out of the sum. */
  #sum(scalar: Reduction, outer: readonly Axis[]): Value {
    const inner = new Set(scalar.axes.map(({ name }) => name));
    const { factors, divisors } = factorsOf(scalar.body);
    const isSummed = (part: Scalar) =>
      [...axisNames(part)].some((name) => inner.has(name)) || (scalar.batch && this.#isVarying(part));
    const summed = divisors.some(isSummed) ? [scalar.body] : factors.filter(isSummed);
    const outside = divisors.some(isSummed) ? [] : factors.filter((part) => !isSummed(part));
    const below = divisors.some(isSummed) ? [] : divisors;
    const known = new Set(summed.flatMap((part) => [...axisNames(part)]));
    const times = product(scalar.axes.filter(({ name }) => !known.has(name)).map(({ extent }) => extent));
    const space = spaceOf(outer);
    const values = [
      ...(summed.length > 0 ? [this.#contracted(summed, scalar, outer)] : []),
      ...outside.map((part) => this.#value(part, space)),
      ...(times === 1 && summed.length + outside.length > 0 ? [] : [this.writer.number(times)]),
      ...(scalar.batch && !summed.some((part) => this.#isVarying(part)) ? [this.#images()] : []),
    ];
    const top = values.reduce((left, right) => elementwise(this.writer, 'Mul', [left, right]));
    return below.reduce((left, right) => elementwise(this.writer, 'Div', [left, this.#value(right, space)]), top);
  }

  #images(): Value {
    return this.writer.emit('Cast', [batchSize(this.writer)], { shape: [1], attributes: { to: 1 } });
  }

  /** The sum over products of `factors`, each read over the axes that it knows. */
  #contracted(factors: readonly Scalar[], { axes, batch }: Reduction, outer: readonly Axis[]): Value {
    const { writer } = this;
    const all = [...outer, ...axes];
    const node = this.#node(factors, { axes, batch }, outer);
    if (node) return aligned(writer, finished(writer, node, keptOf(node, outer)), keptOf(node, outer), outer);
    const parts = factors.map((part) => {
      const used = this.#used(part, all);
      const value = this.#value(part, spaceOf(used));
      return {
        used,
        value: expanded(
          writer,
          value,
          used.map(({ extent }) => extent),
        ),
      };
    });
    const kept = outer.filter((axis) => parts.some(({ used }) => used.includes(axis)));
    const varying = !batch && parts.some(({ value }) => value.varying);
    const shape: Extent[] = [...(varying ? (['batch'] as const) : []), ...kept.map(({ extent }) => extent)];
    const [only] = parts;
    const found =
      parts.length === 1
        ? this.#summedOver(only!.value, only!.used, axes, { batch, shape })
        : writer.emit(
            'Einsum',
            parts.map(({ value }) => value),
            { shape, attributes: { equation: equationOf(parts, all, kept, varying) } },
          );
    return aligned(writer, found, kept, outer);
  }

  /** The sum as a node of its own, where ONNX has one. */
  #node(factors: readonly Scalar[], { axes, batch }: Pick<Reduction, 'axes' | 'batch'>, outer: readonly Axis[]) {
    const [first, second] = factors;
    if (factors.length !== 2 || factors.some((part) => this.#isClosed(part))) return undefined;
    const slides = (part: Scalar, other: Scalar) =>
      part.kind === 'access' ? slidesOf(part, other, axes, outer).length : 0;
    // What slides is the map, else what varies has the rows.
    const rank = ([part, other]: readonly [Scalar, Scalar]) => 2 * slides(part, other) + Number(this.#isVarying(part));
    const pairs = [[first!, second!] as const, [second!, first!] as const];
    for (const [data, other] of pairs.sort((a, b) => rank(b) - rank(a))) {
      const found = this.#pair(data, other, axes, outer);
      const node = found && writeContraction(this.writer, { ...found, kept: outer, batch });
      if (node) return node;
    }
    return undefined;
  }

  /** Both operands, the first of them read at sliding places; undefined where it is no reading. */
  #pair(data: Scalar, other: Scalar, summed: readonly Axis[], outer: readonly Axis[]) {
    if (data.kind !== 'access') return undefined;
    const { writer } = this;
    const slides = slidesOf(data, other, summed, outer);
    const space = { axes: [...outer, ...summed], fill: 0 };
    const sliding = readAround(writer, this.#operand(data), data.indices, space, slides);
    if (slides.length > 0 && other.kind === 'access' && slides.every(({ stride }) => stride === -1))
      return turnedRound(sliding, readAround(writer, this.#operand(other), other.indices, space, []), slides);
    const used = this.#used(other, space.axes);
    const value = this.#value(other, spaceOf(used));
    const whole = used.map(({ extent }) => extent);
    return { data: sliding, other: { value: expanded(writer, value, whole), axes: used } };
  }

  #operand({ operand }: Access): Value {
    return this.operands.value(this.node.inputs[operand]!);
  }

  #summedOver(
    value: Value,
    used: readonly Axis[],
    axes: readonly Axis[],
    { batch, shape }: { batch: boolean; shape: readonly Extent[] },
  ): Value {
    const lead = value.varying ? 1 : 0;
    const places = used.flatMap((axis, k) => (axes.includes(axis) ? [k + lead] : []));
    const dimensions = [...(batch && value.varying ? [0] : []), ...places];
    if (dimensions.length === 0) return value;
    return this.writer.emit('ReduceSum', [value, this.writer.integers(dimensions)], {
      shape,
      attributes: { keepdims: 0 },
    });
  }
}

/** Axes of the result that it has a dimension for. */
const keptOf = ({ axes }: Arranged, outer: readonly Axis[]): Axis[] => outer.filter((axis) => axes.includes(axis));

/** Dimensions that are read at sliding places: by axes that occur nowhere else in the reading, and places that `other` has not. */
function slidesOf({ indices }: Access, other: Scalar, summed: readonly Axis[], outer: readonly Axis[]): Slide[] {
  const others = axisNames(other);
  const uses = (name: string) => indices.filter(({ affine }) => coefficientOf(affine, name) !== 0).length;
  return indices.flatMap((index, k) => {
    const slide = slideOf(index, k, summed, outer);
    if (!slide || others.has(slide.position.name)) return [];
    return uses(slide.position.name) === 1 && uses(slide.tap.name) === 1 ? [slide] : [];
  });
}

/**
 * `sum(i) y[i] * x[(i - p + c) / s]` is `sum(u) x[u] * y[s * u + p - c]`: the gradient of the weights of a transposed
 * convolution, in which the other operand slides. All of `y` has to be summed over.
 */
function turnedRound(data: Sliding, other: Sliding, slides: readonly Slide[]) {
  const places = new Map<Axis | Slide, Axis>();
  const turned = new Map<Axis | Slide, Slide>();
  for (const slide of slides) {
    const { tap, position, offset, divisor } = slide;
    const size = other.value.extents[other.dimensions.indexOf(tap)];
    if (slide.dilation !== 1 || size !== tap.extent) return undefined;
    const place: Axis = { name: `${tap.name} turned`, extent: data.value.extents[data.dimensions.indexOf(slide)]! };
    places.set(slide, place);
    turned.set(tap, { ...slide, position, tap: place, stride: 1, dilation: divisor, offset: -offset, divisor: 1 });
  }
  return {
    data: { value: other.value, dimensions: other.dimensions.map((one) => turned.get(one) ?? one) },
    other: { value: data.value, axes: data.dimensions.map((one) => places.get(one) ?? (one as Axis)) },
  };
}

const LETTERS = 'abcdefghijklmnopqrstuvwxyABCDEFGHIJKLMNOPQRSTUVWXY';

/** `z` is the batch. */
function equationOf(
  parts: readonly { readonly used: readonly Axis[]; readonly value: Value }[],
  all: readonly Axis[],
  kept: readonly Axis[],
  varying: boolean,
): string {
  const letters = (axes: readonly Axis[]) => axes.map((axis) => LETTERS[all.indexOf(axis)]).join('');
  const operands = parts.map(({ used, value }) => `${value.varying ? 'z' : ''}${letters(used)}`);
  return `${operands.join(',')}->${varying ? 'z' : ''}${letters(kept)}`;
}

/** `a * b / n` as factors and divisors. */
function factorsOf(scalar: Scalar): { readonly factors: readonly Scalar[]; readonly divisors: readonly Scalar[] } {
  if (scalar.kind !== 'arithmetic' || (scalar.operator !== '*' && scalar.operator !== '/'))
    return { factors: [scalar], divisors: [] };
  const [left, right] = [factorsOf(scalar.left), factorsOf(scalar.right)];
  if (scalar.operator === '/') return { factors: left.factors, divisors: [...left.divisors, scalar.right] };
  return { factors: [...left.factors, ...right.factors], divisors: [...left.divisors, ...right.divisors] };
}
