/**
 * @file How tensors of different shapes meet element by element: a single number meets every element, a vector every place
 * of its channel, and a dimension of 1 is repeated. What is repeated has no axis in the formula, so that its gradient is a
 * plain sum over the places it met.
 */
import { printShape } from '../common/shape.ts';
import type { Node, Shape } from '../ir/graph.ts';
import type { OperatorContext } from './operator.ts';

/** Names of the axes of elementwise formulas, one per dimension. */
const LETTERS = ['k', 'i', 'j', 'l'] as const;

export interface Broadcast {
  /** Of the result. */
  readonly shape: Shape;
  /** Names of the axes of the result, as formulas list them: `k, i, j`. */
  readonly axes: readonly string[];
  /** For each input: the value without its repeated dimensions, and the axes that index it. */
  readonly operands: readonly { readonly node: Node; readonly axes: readonly string[] }[];
}

/** Reports CNN3005, in which `name` is what joins the inputs. */
export function broadcast(context: OperatorContext, name: string): Broadcast {
  const { inputs } = context;
  const rank = Math.max(...inputs.map(({ shape }) => shape.length));
  const full = inputs.map(({ shape }) => fullShape(shape, rank) ?? refuse(context, name));
  full.forEach((shape, n) => {
    if (shape.length !== inputs[n]!.shape.length) context.reads(n, shape);
  });
  const shape = Array.from({ length: rank }, (_, k) => {
    const extents = new Set(full.map((extents) => extents[k]!).filter((extent) => extent !== 1));
    if (extents.size > 1) refuse(context, name);
    return [...extents][0] ?? 1;
  });
  const operands = inputs.map((input, n) => {
    const kept = shape.flatMap((extent, k) => (full[n]![k] === extent && isWritten(input, k) ? k : []));
    return {
      node: context.view(
        input,
        kept.map((k) => shape[k]!),
      ),
      axes: kept.map((k) => LETTERS[k]!),
    };
  });
  return { shape, axes: LETTERS.slice(0, rank), operands };
}

/** A dimension that the input has, not one that it was given. */
function isWritten({ shape }: Node, dimension: number): boolean {
  return dimension < shape.length;
}

/** The shape with as many dimensions as the result; undefined where it cannot be told which ones are missing. */
function fullShape(shape: Shape, rank: number): Shape | undefined {
  if (shape.length > 1 && shape.length < rank) return undefined;
  return [...shape, ...new Array<number>(rank - shape.length).fill(1)];
}

function refuse(context: OperatorContext, name: string): never {
  const { inputs } = context;
  const [first] = inputs;
  const other =
    inputs.find(({ shape }) => shape.length > 0 && shape.join() !== first!.shape.join()) ?? inputs[1] ?? first!;
  return context.fail({
    code: 'CNN3005',
    message: `\`${name}\` needs shapes that fit, found ${printShape(first!.shape)} and ${printShape(other.shape)}`,
    help: differInChannelsOnly(first!.shape, other.shape)
      ? `give both sides the same channels, for example with \`conv(${first!.shape[0]}, ${first!.shape.length === 2 ? '1' : '1x1'})\` on the right`
      : 'bring both sides to the same size, for example with the same stride and padding',
  });
}

function differInChannelsOnly(left: Shape, right: Shape): boolean {
  const isMap = left.length === 2 || left.length === 3;
  return isMap && left.length === right.length && left.slice(1).join() === right.slice(1).join();
}

/** An elementwise formula: `write` gets the text of each operand and gives the body. */
export function applyElementwise(
  context: OperatorContext,
  name: string,
  write: (...operands: string[]) => string,
): Node {
  const { axes, operands } = broadcast(context, name);
  const names = operands.map((_, n) => `x${n}`);
  const head = operands.map((operand, n) => `${names[n]}[${operand.axes.join(', ')}]`);
  const reads = operands.map((operand, n) => (operand.axes.length > 0 ? head[n]! : names[n]!));
  const constants = Object.fromEntries(
    context.operands.flatMap((operand, k) => (typeof operand === 'number' ? [[`value${k}`, operand]] : [])),
  );
  const values = reads.values();
  const texts = context.operands.map((operand, k) =>
    typeof operand === 'number' ? `value${k}` : values.next().value!,
  );
  const text = `op elementwise(${head.join(', ')}) -> y[${axes.join(', ')}] = ${write(...texts)}`;
  return context.apply(
    text,
    operands.map(({ node }) => node),
    { constants },
  );
}
