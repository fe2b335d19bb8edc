/**
 * @file Operators of the program. `op lpconv(x[c, h, w], k[o, c, p, q]) -> y[o, i, j] = …` is applied as
 * `image -> lpconv(o: 16, p: 3, q: 3)`. Tensors are its operands, the one that flows in being the first; an operand that
 * is not given is a weight of the layer. The extent of an axis comes from the operands that are given, or from the
 * argument of its name; an axis of the result takes what room there is.
 */
import { printShape } from '../../common/shape.ts';
import type { Span } from '../../diagnostics/diagnostic.ts';
import { checkOperator } from '../../formula/check-operator.ts';
import { type FormulaArguments, instantiateFormula } from '../../formula/from-syntax.ts';
import { scalarFromSyntax } from '../../formula/scalar-from-syntax.ts';
import type { Node, Shape } from '../../ir/graph.ts';
import type { Scalar } from '../../ir/scalar.ts';
import type { OperatorContext, OperatorDefinition } from '../../ops/operator.ts';
import type { AttributeSpec } from '../../specs/attributes.ts';
import type { OperatorItem, TensorPattern } from '../../syntax/ast.ts';
import { nodesOf } from '../../syntax/visit.ts';
import { readingFormula } from '../evaluate/formulas.ts';
import type { EvaluatedArgument, OperatorFormula, PlacedTensor } from '../evaluate/values.ts';
import { fail, help, listed } from '../problems.ts';
import { weightInitialization } from './operator-weights.ts';

/** The operator that a call makes of an `op`, with the tensors that the call gives it. */
export interface OperatorCall {
  readonly operator: OperatorDefinition;
  readonly tensors: readonly PlacedTensor[];
  /** The other arguments. */
  readonly rest: readonly EvaluatedArgument[];
  /** Nothing flows in, but the first operand is given. */
  readonly complete: boolean;
}

/** `flowing`: the first operand is still to come. Reports CNN2025 and CNN2027. */
export function callOperatorFormula(
  formula: OperatorFormula,
  given: readonly EvaluatedArgument[],
  span: Span,
  flowing: boolean,
): OperatorCall {
  const { item } = formula;
  readingFormula(item.name.text, span, () => checkOperator(item));
  const isTensor = ({ name, value }: EvaluatedArgument) =>
    value.kind === 'tensor' && (!name || item.operands.some((operand) => operand.name.text === name.text));
  const tensors = assignOperands(item, given.filter(isTensor), flowing);
  const [first] = item.operands;
  const complete = !flowing && tensors.has(first!);
  const present = item.operands.filter((operand) => tensors.has(operand) || operand === first);
  return {
    operator: definitionOf(formula, present, span),
    tensors: [...present].flatMap((operand) => tensors.get(operand) ?? []),
    rest: given.filter((argument) => !isTensor(argument)),
    complete,
  };
}

/** Tensors by operand: those with names first, the others from left to right. */
function assignOperands(
  { name, operands }: OperatorItem,
  given: readonly EvaluatedArgument[],
  flowing: boolean,
): Map<TensorPattern, PlacedTensor> {
  const assigned = new Map<TensorPattern, PlacedTensor>();
  let next = flowing ? 1 : 0;
  for (const { name: label, value, span } of given) {
    const operand = label ? operands.find((one) => one.name.text === label.text) : operands[next++];
    if (!operand)
      return fail('CNN2027', `\`${name.text}\` takes ${operands.length} tensors`, span, {
        ...help(`they are ${listed(operands.map((one) => one.name.text))}`),
      });
    if (assigned.has(operand) || (flowing && operand === operands[0]))
      fail('CNN2025', `\`${operand.name.text}\` is given twice`, label?.span ?? span, help('remove one of them'));
    if (value.kind === 'tensor') assigned.set(operand, { node: value.node, span });
  }
  return assigned;
}

function definitionOf(formula: OperatorFormula, present: readonly TensorPattern[], span: Span): OperatorDefinition {
  const { item, names } = formula;
  const { text: name } = item.name;
  const open = openAxes(item, present);
  const axes = open.map(
    (axis): AttributeSpec => ({
      name: axis,
      type: 'integer',
      byPlace: true,
      minimum: 1,
      optional: true,
      doc: 'extent of the axis',
    }),
  );
  const numbers = item.parameters.map((parameter): AttributeSpec => {
    const spec = { name: parameter.name.text, type: 'number', byPlace: true, doc: 'a number of the formula' } as const;
    const around = { names, local: () => undefined, callers: [] };
    const value = readingFormula(name, span, () => scalarFromSyntax(parameter.defaultValue!, around));
    return { ...spec, default: value.kind === 'constant' ? value.value : Number.NaN };
  });
  return {
    name,
    summary: `the operator \`${name}\` of the program`,
    formula: `y = ${name}(x)`,
    kind: 'layer',
    inputs: present.length,
    attributes: [...axes, ...numbers],
    example: exampleOf(item, open),
    build: (context) => new Application(formula, present, context, span).build(),
  };
}

/** With what must be given: sizes of weights. */
function exampleOf({ name, operands }: OperatorItem, open: readonly string[]): string {
  const sizes = open.filter((axis) => operands.some(({ axes }) => axes.some(({ text }) => text === axis)));
  return `x -> ${name.text}${sizes.length > 0 ? `(${sizes.map((axis) => `${axis}: 3`).join(', ')})` : ''}`;
}

/** Axes whose extent the given operands do not say, in the order in which they are named. */
function openAxes(item: OperatorItem, present: readonly TensorPattern[]): string[] {
  const known = new Set(present.flatMap(({ axes }) => axes.map(({ text }) => text)));
  const named = [
    ...item.operands.flatMap(({ axes }) => axes),
    ...nodesOf(item.body, 'reduce').flatMap(({ axes }) => axes),
    ...item.result.axes,
  ];
  return [...new Set(named.map(({ text }) => text))].filter((axis) => !known.has(axis));
}

/** One layer that is built. */
class Application {
  readonly #extents = new Map<string, number>();

  constructor(
    readonly formula: OperatorFormula,
    readonly present: readonly TensorPattern[],
    readonly context: OperatorContext,
    readonly span: Span,
  ) {}

  build(): Node {
    const { item, names } = this.formula;
    const { context } = this;
    const constants: Record<string, number> = {};
    for (const [name, value] of Object.entries(context.attributes)) {
      const isConstant = item.parameters.some((parameter) => parameter.name.text === name);
      if (typeof value !== 'number') continue;
      if (isConstant) constants[name] = value;
      else this.#extents.set(name, value);
    }
    this.present.forEach((operand, k) => {
      this.#bind(operand, context.inputs[k]!);
    });
    const shapes = item.operands.map((operand) => this.#shapeOf(operand));
    const given: FormulaArguments = { shapes, constants, names, extents: Object.fromEntries(this.#extents) };
    const { axes, body } = readingFormula(item.name.text, this.span, () => instantiateFormula(item, given));
    const operands = this.#operands(shapes, body);
    return context.formula(operands, axes, body, '');
  }

  /** Operands that are not given are weights. Where all of them are only added, they are what `init` is about. */
  #operands(shapes: readonly Shape[], body: Scalar): Node[] {
    const { item } = this.formula;
    const { context, present } = this;
    const starts = item.operands.map((operand, k) =>
      present.includes(operand) ? undefined : weightInitialization(operand, k, present, { shape: shapes[k]!, body }),
    );
    const areAdded = starts.every((start) => start === undefined || start.kind === 'zeros');
    return item.operands.map((operand, k) => {
      const start = starts[k];
      if (!start) return context.inputs[present.indexOf(operand)]!;
      return context.parameter(operand.name.text, shapes[k]!, start, areAdded ? 'weight' : undefined);
    });
  }

  /** The extents that a tensor gives to the axes of its pattern. */
  #bind({ name, axes }: TensorPattern, { shape }: Node): void {
    const written = `\`${name.text}[${axes.map(({ text }) => text).join(', ')}]\``;
    if (axes.length !== shape.length)
      this.context.fail({
        code: 'CNN3013',
        message: `${written} has ${axes.length === 1 ? 'one axis' : `${axes.length} axes`}, found a tensor ${printShape(shape)}`,
        help: shape.length === 3 ? 'flatten it, or give the operand three axes' : 'give it a tensor with as many axes',
      });
    axes.forEach(({ text }, k) => {
      const known = this.#extents.get(text);
      if (known !== undefined && known !== shape[k])
        this.context.fail({
          code: 'CNN3013',
          message: `axis \`${text}\` is ${known} elsewhere and ${shape[k]} in ${written}`,
          help: 'give tensors that agree in it',
        });
      this.#extents.set(text, shape[k]!);
    });
  }

  #shapeOf({ axes }: TensorPattern): Shape {
    const { item } = this.formula;
    const absent = axes.filter(({ text }) => !this.#extents.has(text)).map(({ text }) => text);
    if (absent.length === 0) return axes.map(({ text }) => this.#extents.get(text)!);
    const all = [...new Set(item.operands.flatMap((operand) => operand.axes.map(({ text }) => text)))];
    const open = all.filter((axis) => !this.#extents.has(axis));
    return this.context.fail({
      code: 'CNN2022',
      message: `\`${item.name.text}\` needs ${listed(open)}`,
      notes: ['operands that are not given are weights, whose sizes must be known'],
      help: `write \`${item.name.text}(${open.map((axis) => `${axis}: …`).join(', ')})\``,
    });
  }
}
