/**
 * @file An evaluator of graphs that is too simple to be wrong: direct loops over the axes of each formula, in f64, every
 * index checked, nothing shared with the compiler's way from formulas to loops. It is the oracle for what is derived
 * from formulas. Its pointwise functions are its own.
 */
import type { Affine, Index } from '../../src/ir/affine.ts';
import { elementCount, type Graph, type Node } from '../../src/ir/graph.ts';
import type { Access, Arithmetic, Axis, Comparison, Reduction, Scalar } from '../../src/ir/scalar.ts';
import { random } from '../../src/loop/random.ts';

export interface NaiveInputs {
  /** Images in the batch. */
  readonly count: number;
  /**
   * Values of sources by name: image after image for inputs and targets, row-major for states, one number for scalars.
   * The weight of an image is 1/count and its seed its number where they are not given as `weight` and `seed`.
   */
  readonly data: Readonly<Record<string, ArrayLike<number>>>;
  /** What every computed value is multiplied by, such as a little more or less than 1: roundings at random. */
  readonly noise?: (stream: number, element: number) => number;
}

/** Values of every node: `count` images one after the other where it is varying, else one copy. */
export type NaiveValues = ReadonlyMap<Node, Float64Array>;

export function evaluateNaively(graph: Graph, inputs: NaiveInputs): NaiveValues {
  const values = new Map<Node, Float64Array>();
  graph.nodes.forEach((node, stream) => {
    const exact = evaluateNode(node, inputs, values);
    const { noise } = inputs;
    const isComputed = node.definition.kind === 'formula';
    values.set(node, noise && isComputed ? exact.map((value, k) => value * noise(stream, k)) : exact);
  });
  return values;
}

function evaluateNode(node: Node, inputs: NaiveInputs, values: NaiveValues): Float64Array {
  if (node.definition.kind === 'source') return evaluateSource(node, inputs);
  if (node.definition.kind === 'view') return values.get(node.inputs[0]!)!;
  const { axes, body } = node.definition.formula;
  const size = elementCount(node.shape);
  const result = new Float64Array(node.varying ? inputs.count * size : size);
  const images = node.varying ? inputs.count : 1;
  for (let image = 0; image < images; image++) {
    const evaluation = new Evaluation(node, values, inputs.count, image);
    let element = image * size;
    evaluation.loop(axes, () => {
      result[element++] = evaluation.scalar(body, 0);
    });
  }
  return result;
}

function evaluateSource(node: Node, { count, data }: NaiveInputs): Float64Array {
  if (node.definition.kind !== 'source') throw new Error(`%${node.name} is no source`);
  const { source } = node.definition;
  const name = source.role === 'state' ? source.state.name : source.role === 'scalar' ? source.scalar.name : node.name;
  const given = data[name];
  if (!given && source.role === 'weight') return new Float64Array(count).fill(1 / count);
  if (!given && source.role === 'seed') return Float64Array.from({ length: count }, (_, image) => image);
  if (!given) throw new Error(`no data for ${name}`);
  const wanted = elementCount(node.shape) * (node.varying ? count : 1);
  if (given.length !== wanted) throw new Error(`${name} needs ${wanted} numbers, found ${given.length}`);
  return Float64Array.from(given);
}

/** One formula for one image. */
class Evaluation {
  /** Where the loops stand. */
  readonly #position = new Map<string, number>();

  constructor(
    readonly node: Node,
    readonly values: NaiveValues,
    readonly count: number,
    private image: number,
  ) {}

  /** Calls `visit` at every point of the axes, the last one fastest. */
  loop(axes: readonly Axis[], visit: () => void, depth = 0): void {
    const axis = axes[depth];
    if (!axis) visit();
    else this.#run(axis, () => this.loop(axes, visit, depth + 1));
  }

  #run(axis: Axis, visit: () => void): void {
    for (let k = 0; k < axis.extent; k++) {
      this.#position.set(axis.name, k);
      visit();
    }
    this.#position.delete(axis.name);
  }

  /** `identity`: what an access out of range reads. */
  scalar(scalar: Scalar, identity: number): number {
    const evaluate = (part: Scalar) => this.scalar(part, identity);
    switch (scalar.kind) {
      case 'constant':
        return scalar.value;
      case 'access':
        return this.#read(scalar, identity);
      case 'entry': {
        const at = (affine: Affine) => this.#affine({ affine, divisor: 1 });
        return scalar.table.rows[at(scalar.row)]![at(scalar.column)]!;
      }
      case 'position':
        return this.#affine({ affine: scalar.index, divisor: 1 });
      case 'inside':
        return isInside(this.#affine(scalar.index), scalar.extent) ? 1 : 0;
      case 'arithmetic':
        return calculate(scalar.operator, evaluate(scalar.left), evaluate(scalar.right));
      case 'call':
        return callFunction(scalar.name, scalar.arguments.map(evaluate));
      case 'select':
        return holds(scalar.comparison, evaluate(scalar.left), evaluate(scalar.right))
          ? evaluate(scalar.whenTrue)
          : evaluate(scalar.whenFalse);
      case 'random':
        return random(evaluate(scalar.seed), scalar.stream, this.#affine({ affine: scalar.element, divisor: 1 }));
      case 'reduce':
        return this.#reduce(scalar);
    }
  }

  #affine({ affine, divisor }: Index): number {
    let value = affine.constant;
    for (const term of affine.terms) {
      const position = this.#position.get(term[0]);
      if (position === undefined) throw new Error(`axis ${term[0]} is not bound in %${this.node.name}`);
      value += term[1] * position;
    }
    return value / divisor;
  }

  #read(read: Access, identity: number): number {
    const operand = this.node.inputs[read.operand]!;
    if (read.indices.length !== operand.shape.length) throw new Error(`%${operand.name} is read with wrong indices`);
    let offset = 0;
    for (let dimension = 0; dimension < read.indices.length; dimension++) {
      const extent = operand.shape[dimension]!;
      const position = this.#affine(read.indices[dimension]!);
      if (!isInside(position, extent)) return identity;
      offset = offset * extent + position;
    }
    const start = operand.varying ? this.image * elementCount(operand.shape) : 0;
    return this.values.get(operand)![start + offset]!;
  }

  #reduce({ operator, axes, batch, body }: Reduction): number {
    const own = this.image;
    const identity = operator === 'sum' ? 0 : Number.NEGATIVE_INFINITY;
    let result = identity;
    let winner = 0;
    for (let image = batch ? 0 : own; image < (batch ? this.count : own + 1); image++) {
      this.image = image;
      let tap = 0;
      this.loop(axes, () => {
        const value = this.scalar(body, identity);
        if (operator === 'sum') result += value;
        else if (value > result) {
          result = value;
          winner = tap;
        }
        tap++;
      });
    }
    this.image = own;
    return operator === 'argmax' ? winner : result;
  }
}

/** A division that is not exact gives a fraction, which is inside of nothing. */
function isInside(position: number, extent: number): boolean {
  return Number.isInteger(position) && position >= 0 && position < extent;
}

function calculate(operator: Arithmetic, left: number, right: number): number {
  if (operator === '+') return left + right;
  if (operator === '-') return left - right;
  return operator === '*' ? left * right : left / right;
}

function holds(comparison: Comparison, left: number, right: number): boolean {
  if (comparison === '<') return left < right;
  if (comparison === '<=') return left <= right;
  if (comparison === '>') return left > right;
  if (comparison === '>=') return left >= right;
  return comparison === '==' ? left === right : left !== right;
}

const FUNCTIONS: Readonly<Record<string, (...args: number[]) => number>> = {
  exp: (x) => Math.exp(x),
  log: (x) => Math.log(x),
  sqrt: (x) => Math.sqrt(x),
  abs: (x) => Math.abs(x),
  tanh: (x) => Math.tanh(x),
  sigmoid: (x) => 1 / (1 + Math.exp(-x)),
  relu: (x) => Math.max(x, 0),
  relu6: (x) => Math.min(Math.max(x, 0), 6),
  leakyrelu: (x, slope) => (x > 0 ? x : slope * x),
  elu: (x, alpha) => (x > 0 ? x : alpha * Math.expm1(x)),
  selu: (x) => 1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * Math.expm1(x)),
  celu: (x, alpha) => (x > 0 ? x : alpha * Math.expm1(x / alpha)),
  gelu: (x) => x * normalShare(x),
  gelu_tanh: (x) => (x / 2) * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3))),
  silu: (x) => x / (1 + Math.exp(-x)),
  softplus: (x, beta, threshold) => (beta * x > threshold ? x : Math.log1p(Math.exp(beta * x)) / beta),
  tanh_softplus: (x) => Math.tanh(Math.log1p(Math.exp(x))),
  mish: (x) => x * Math.tanh(Math.log1p(Math.exp(x))),
  hardsigmoid: (x) => Math.min(Math.max(x / 6 + 0.5, 0), 1),
  hardswish: (x) => (x * Math.min(Math.max(x + 3, 0), 6)) / 6,
  softsign: (x) => x / (1 + Math.abs(x)),
  erf: (x) => 2 * normalShare(x * Math.SQRT2) - 1,
  pow: (x, exponent) => x ** exponent,
  max: (a, b) => Math.max(a, b),
  min: (a, b) => Math.min(a, b),
  detach: (x) => x,
};

/** The integral of the normal distribution up to x, by a series of positive terms. */
function normalShare(x: number): number {
  // Beyond, the sum overflows; what is missing of 0 or 1 is less than 1e-32.
  if (Math.abs(x) > 12) return x > 0 ? 1 : 0;
  let term = x;
  let sum = x;
  for (let n = 3; Math.abs(term) > 1e-18 * Math.abs(sum); n += 2) {
    term *= (x * x) / n;
    sum += term;
  }
  return 0.5 + (sum * Math.exp((-x * x) / 2)) / Math.sqrt(2 * Math.PI);
}

function callFunction(name: string, args: readonly number[]): number {
  const found = FUNCTIONS[name];
  if (!found) throw new Error(`the naive evaluator has no function ${name}`);
  return found(...args);
}
