/**
 * @file Formulas in PyTorch: an `op` or `fn` of the program, and what operators compute that PyTorch has no name for. A value
 * has its axes behind the batch. Pointwise formulas become plain arithmetic, sums of products `einsum`; every other access
 * gathers elements at places computed by index arithmetic. Gradients are autograd's.
 */

import { expansionOf } from '../../formula/functions.ts';
import type { Affine, Index } from '../../ir/affine.ts';
import { printAffine, soleAxis } from '../../ir/affine.ts';
import { type Formula, formulaOf, type Node, sourceOf } from '../../ir/graph.ts';
import { type Access, type Axis, type Reduction, type Scalar, visitScalar } from '../../ir/scalar.ts';
import { enclosedText, float, identifier, isAtom, markUnused, Names, tuple } from './code.ts';

/** What cannot be said in PyTorch; the exporter knows the layer. */
export class Inexpressible extends Error {}

const FUNCTIONS: Readonly<Record<string, (...args: string[]) => string>> = {
  exp: (x) => `torch.exp(${x})`,
  log: (x) => `torch.log(${x})`,
  sqrt: (x) => `torch.sqrt(${x})`,
  abs: (x) => `torch.abs(${x})`,
  tanh: (x) => `torch.tanh(${x})`,
  erf: (x) => `torch.erf(${x})`,
  detach: (x) => `${enclosedText(x)}.detach()`,
  sigmoid: (x) => `torch.sigmoid(${x})`,
  relu: (x) => `F.relu(${x})`,
  relu6: (x) => `F.relu6(${x})`,
  silu: (x) => `F.silu(${x})`,
  gelu: (x) => `F.gelu(${x})`,
  gelu_tanh: (x) => `F.gelu(${x}, approximate="tanh")`,
  mish: (x) => `F.mish(${x})`,
  selu: (x) => `F.selu(${x})`,
  hardswish: (x) => `F.hardswish(${x})`,
  hardsigmoid: (x) => `F.hardsigmoid(${x})`,
  softsign: (x) => `F.softsign(${x})`,
  leakyrelu: (x, slope) => `torch.where(${x} > 0, ${x}, ${slope} * ${enclosedText(x)})`,
  pow: (x, power) => `${enclosedText(x)} ** ${enclosedText(power!)}`,
};

/** Their derivatives may be infinite or NaN where they are not taken. */
const RISKY = new Set(['log', 'sqrt', 'pow', 'exp']);

export interface FunctionText {
  readonly lines: readonly string[];
  /** Operands and parameters, in the order of the arguments. */
  readonly nodes: readonly Node[];
}

/** The body of a function from `inputs` to `output`, its parameters named by `parameters`. */
export function functionText(inputs: readonly Node[], output: Node, parameters: readonly string[]): FunctionText {
  return new Translation(inputs, parameters).translate(output);
}

class Translation {
  readonly #names: Names;
  readonly #known = new Map<Node, string>();
  readonly #lines: string[] = [];

  constructor(
    readonly inputs: readonly Node[],
    readonly parameters: readonly string[],
  ) {
    this.#names = new Names([...parameters, 'torch', 'F', 'math', 'grid', 'take', 'spread', 'len', 'range']);
    for (const [k, node] of inputs.entries()) this.#known.set(node, parameters[k]!);
  }

  translate(output: Node): FunctionText {
    const result = this.#nodeText(output);
    return { lines: markUnused([...this.#lines, `return ${result}`]), nodes: this.inputs };
  }

  #nodeText(node: Node): string {
    const known = this.#known.get(node);
    if (known !== undefined) return known;
    const source = sourceOf(node);
    if (source) {
      if (source.role !== 'weight') throw new Inexpressible('it draws random numbers');
      // 1/N: of the images of this process.
      const like = this.parameters[this.inputs.findIndex(({ varying }) => varying)];
      if (like === undefined) throw new Inexpressible('it knows no batch');
      return this.#assign(node, `torch.full((len(${like}),), 1 / len(${like}), device=${like}.device)`);
    }
    if (node.definition.kind === 'view') {
      const x = this.#nodeText(node.inputs[0]!);
      const shape = node.shape.join(', ');
      const whole = node.varying ? `len(${x})${shape && ', '}${shape}` : shape || '()';
      return this.#assign(node, `${enclosedText(x)}.reshape(${whole})`);
    }
    for (const input of node.inputs) this.#nodeText(input);
    return this.#assign(node, new FormulaText(this, node, formulaOf(node)!).result());
  }

  #assign(node: Node, text: string): string {
    const name = this.#names.take(node.name.split('.').at(-1)!.replace(/^\d+$/, 'y'));
    this.#lines.push(`${name} = ${text}`);
    this.#known.set(node, name);
    return name;
  }

  textOf(node: Node): string {
    return this.#known.get(node)!;
  }

  line(text: string): void {
    this.#lines.push(text);
  }

  fresh(name: string): string {
    return this.#names.take(name);
  }

  /** An argument that is a tensor, for its device and number of images. */
  get like(): string {
    const at = this.inputs.findIndex(({ varying }) => varying);
    return this.parameters[Math.max(at, 0)]!;
  }
}

/** The axes that a part of a formula runs over, behind the batch; their index tensors once they are needed. */
interface Context {
  readonly axes: readonly Axis[];
  indices?: ReadonlyMap<string, string>;
  /** Conditions under which this part counts: what it reads has no gradient elsewhere. */
  readonly guard?: string;
}

class FormulaText {
  /** Whether the value has a dimension for the batch while it is computed. */
  readonly #batch: boolean;
  /** Gathered elements have it always. */
  #gathers = false;

  constructor(
    readonly translation: Translation,
    readonly node: Node,
    readonly formula: Formula,
  ) {
    this.#batch = node.inputs.some(({ varying }) => varying);
    if (formula.output) throw new Inexpressible('its result is written in tiles');
  }

  result(): string {
    const { axes, body } = this.formula;
    const text = this.#text(body, { axes });
    if (body.kind === 'reduce') return text;
    const full = this.#isFull(body, axes);
    if (full && (this.node.varying || !this.#gathers)) return text;
    const shape = axes.map(({ extent }) => `, ${extent}`).join('');
    const { like } = this.translation;
    const whole = `spread(${asTensor(text, body, like)}, ${like}, ${this.node.varying ? 'True' : 'False'}${shape})`;
    return this.node.varying ? whole : `${whole}[0]`;
  }

  /** Whether some access reads every element of the result, so that the value has its whole shape. */
  #isFull(body: Scalar, axes: readonly Axis[]): boolean {
    let full = false;
    visitScalar(body, (part) => {
      if (part.kind !== 'access') return;
      const operand = this.node.inputs[part.operand]!;
      const plain = this.#plainAxes(part, axes);
      if (plain?.length === axes.length && operand.varying === this.#batch && this.node.varying === operand.varying)
        full = true;
    });
    return full;
  }

  /** Positions of the axes that an access reads in whole and in their order, if it is so plain. */
  #plainAxes({ indices, operand }: Access, axes: readonly Axis[]): number[] | undefined {
    const { shape } = this.node.inputs[operand]!;
    const found = indices.map((index, k) => {
      const name = soleAxis(index);
      return axes.findIndex((axis) => axis.name === name && axis.extent === shape[k]);
    });
    return found.every((at, k) => at >= 0 && (k === 0 || at > found[k - 1]!)) ? found : undefined;
  }

  #text(scalar: Scalar, context: Context): string {
    switch (scalar.kind) {
      case 'constant':
        return float(scalar.value);
      case 'access':
        return this.#guarded(this.#access(scalar, context), context);
      case 'position':
        return `${enclosedText(this.#affine(scalar.index, context))}`;
      case 'inside': {
        const index = this.#index(scalar.index, context);
        const one = this.translation.fresh('at');
        this.translation.line(`${one} = ${index}`);
        const divisor = scalar.index.divisor;
        const whole = divisor === 1 ? '' : ` & (${one} % ${divisor} == 0)`;
        return `((${one} >= 0) & (${one} < ${scalar.extent * divisor})${whole}).float()`;
      }
      case 'arithmetic': {
        const [left, right] = [this.#text(scalar.left, context), this.#text(scalar.right, context)];
        if (scalar.operator === '-' && left === '0.0') return `-${enclosedText(right)}`;
        const bare = scalar.operator === '+' && !/ (if|[<>=]+) /.test(left) ? left : enclosedText(left);
        return `${bare} ${scalar.operator} ${enclosedText(right)}`;
      }
      case 'call':
        return this.#call(scalar, context);
      case 'select':
        return this.#select(scalar, context);
      case 'reduce':
        return this.#reduce(scalar, context);
      case 'entry':
      case 'random':
        throw new Inexpressible('it draws random numbers');
    }
  }

  #guarded(text: string, { guard }: Context): string {
    return guard === undefined ? text : `torch.where(${guard}, ${text}, ${enclosedText(text)}.detach())`;
  }

  #call(scalar: Extract<Scalar, { kind: 'call' }>, context: Context): string {
    const { name, arguments: args } = scalar;
    const constants = args.map((argument) => argument.kind === 'constant');
    if (name === 'max' || name === 'min') {
      const [x, limit] = args.map((argument) => this.#text(argument, context)) as [string, string];
      if (constants[1] && !constants[0]) return `${enclosedText(x)}.clamp(${name === 'max' ? 'min' : 'max'}=${limit})`;
      if (constants[0] && !constants[1]) return `${enclosedText(limit)}.clamp(${name === 'max' ? 'min' : 'max'}=${x})`;
      const sign = name === 'max' ? '<' : '>';
      return `torch.where(${enclosedText(x)} ${sign} ${enclosedText(limit)}, ${limit}, ${x})`;
    }
    if (name === 'softplus' && constants[1] && constants[2]) {
      const [x, beta, threshold] = args.map((argument) => this.#text(argument, context));
      return `F.softplus(${x}, ${beta}, ${threshold})`;
    }
    const known = FUNCTIONS[name];
    if (known && args.some((argument) => argument.kind !== 'constant'))
      return known(...args.map((argument) => this.#text(argument, context)));
    const expanded = expansionOf(name, args);
    if (!expanded) throw new Inexpressible(`PyTorch has no \`${name}\``);
    return this.#text(expanded, context);
  }

  #select(scalar: Extract<Scalar, { kind: 'select' }>, context: Context): string {
    const { left, comparison, right, whenTrue, whenFalse } = scalar;
    const compared = asTensor(this.#text(left, context), left, this.translation.like);
    const condition = this.translation.fresh('chosen');
    this.translation.line(
      `${condition} = ${enclosedText(compared)} ${comparison} ${enclosedText(this.#text(right, context))}`,
    );
    const yes = this.#branch(whenTrue, condition, context);
    const no = this.#branch(whenFalse, `~${condition}`, context);
    return `torch.where(${condition}, ${yes}, ${no})`;
  }

  /** What is not taken must not reach the gradient, where it could be 0 times infinity. */
  #branch(scalar: Scalar, condition: string, context: Context): string {
    let risky = false;
    visitScalar(scalar, (part) => {
      if ((part.kind === 'call' && RISKY.has(part.name)) || (part.kind === 'arithmetic' && part.operator === '/'))
        risky = true;
    });
    if (!risky) return this.#text(scalar, context);
    const guard = context.guard === undefined ? condition : `${context.guard} & ${condition}`;
    const inner: Context = { ...context, guard };
    return this.#text(scalar, inner);
  }

  #access(scalar: Access, context: Context): string {
    const operand = this.node.inputs[scalar.operand]!;
    const x = this.translation.textOf(operand);
    const { axes } = context;
    const rank = axes.length;
    const plain = this.#plainAxes(scalar, axes);
    if (plain) {
      const dimensions = axes.map((_, k) => (plain.includes(k) ? ':' : 'None'));
      if (dimensions.every((dimension) => dimension === ':')) return x;
      // Leading dimensions of a uniform value come by themselves.
      const leading = dimensions.indexOf(':');
      if (!operand.varying) return leading < 0 ? x : indexed(x, dimensions.slice(leading));
      return indexed(x, [':', ...dimensions]);
    }
    const places = scalar.indices.map((index) => {
      const text = this.#affine(index.affine, context);
      return index.divisor === 1 ? text : `(${text}, ${index.divisor})`;
    });
    this.#gathers = true;
    const fill = this.#fill === undefined ? '' : `, fill=${this.#fill}`;
    return `take(${x}, ${rank}, ${places.join(', ')}${fill}${operand.varying ? '' : ', batch=False'})`;
  }

  /** What is read out of range. */
  #fill: string | undefined;

  #index({ affine }: Index, context: Context): string {
    return this.#affine(affine, context);
  }

  /** The axes by the names of their index tensors. */
  #affine(affine: Affine, context: Context): string {
    if (affine.terms.length === 0) return `${affine.constant}`;
    context.indices ??= this.#grid(context.axes);
    const terms = affine.terms.map(([axis, times]) => [context.indices!.get(axis)!, times] as const);
    return printAffine({ constant: affine.constant, terms }).replaceAll('*', ' * ');
  }

  #grid(axes: readonly Axis[]): Map<string, string> {
    const names = axes.map(({ name }) => this.translation.fresh(identifier(name)));
    const extents = axes.map(({ extent }) => extent).join(', ');
    this.translation.line(
      `${names.join(', ')}${names.length === 1 ? ',' : ''} = grid(${this.translation.like}, ${extents})`,
    );
    return new Map(axes.map(({ name }, k) => [name, names[k]!]));
  }

  #reduce(scalar: Reduction, outer: Context): string {
    const { operator, axes, batch, body } = scalar;
    const product = operator === 'sum' && !batch ? this.#einsum(scalar, outer) : undefined;
    if (product) return product;
    const all = [...outer.axes, ...axes];
    this.#fill = operator === 'sum' ? undefined : '-math.inf';
    const text = this.#text(body, { axes: all });
    this.#fill = undefined;
    const extents = all.map(({ extent }) => `, ${extent}`).join('');
    const varying = this.#batch ? 'True' : 'False';
    const full = `spread(${asTensor(text, body, this.translation.like)}, ${this.translation.like}, ${varying}${extents})`;
    const lead = outer.axes.length + 1;
    const dimensions = [...(batch ? [0] : []), ...axes.map((_, k) => lead + k)];
    // Of what has no batch the one image is dropped here: the result is no larger than its axes.
    const uniform = !this.#batch && !batch ? '[0]' : '';
    if (operator === 'sum')
      return dimensions.length === 0
        ? full
        : `${full}.sum(${dimensions.length === 1 ? dimensions[0] : tuple(dimensions)})${uniform}`;
    if (batch) throw new Inexpressible(`it takes the ${operator} over the batch`);
    const flat = axes.length === 1 ? full : `${full}.flatten(${lead})`;
    return operator === 'max' ? `${flat}.max(${lead})[0]${uniform}` : `${flat}.argmax(${lead}).float()${uniform}`;
  }

  /** A sum of products of values that are read as a whole. */
  #einsum({ axes, body }: Reduction, outer: Context): string | undefined {
    const factors = factorsOf(body);
    const all = [...outer.axes, ...axes];
    if (
      !factors ||
      all.length > 24 ||
      axes.some(({ name }) => !factors.some(({ indices }) => indices.some((index) => soleAxis(index) === name)))
    )
      return undefined;
    const letters = new Map(all.map(({ name }, k) => [name, 'abcdefghijklmnopqrstuvwx'[k]!]));
    const operands = factors.map((factor) => {
      const { shape, varying } = this.node.inputs[factor.operand]!;
      const names = factor.indices.map((index) => soleAxis(index));
      const whole = names.every((name, k) => all.find((axis) => axis.name === name)?.extent === shape[k]);
      if (!whole || new Set(names).size < names.length) return undefined;
      return {
        letters: `${varying ? 'z' : ''}${names.map((name) => letters.get(name!)).join('')}`,
        text: this.translation.textOf(this.node.inputs[factor.operand]!),
      };
    });
    if (operands.some((operand) => operand === undefined)) return undefined;
    const used = operands.map((operand) => operand!.letters).join('');
    if (outer.axes.some(({ name }) => !used.includes(letters.get(name)!))) return undefined;
    if (this.node.varying && !used.includes('z')) return undefined;
    const result = `${used.includes('z') ? 'z' : ''}${outer.axes.map(({ name }) => letters.get(name)).join('')}`;
    const pattern = `${operands.map((operand) => operand!.letters).join(',')}->${result}`;
    return `torch.einsum("${pattern}", ${operands.map((operand) => operand!.text).join(', ')})`;
  }
}

function factorsOf(scalar: Scalar): Access[] | undefined {
  if (scalar.kind === 'access') return [scalar];
  if (scalar.kind !== 'arithmetic' || scalar.operator !== '*') return undefined;
  const [left, right] = [factorsOf(scalar.left), factorsOf(scalar.right)];
  return left && right ? [...left, ...right] : undefined;
}

/** `x[:, None, None]`, the ends of plain dimensions left to Python. */
function indexed(x: string, dimensions: readonly string[]): string {
  return dimensions.every((dimension) => dimension === ':')
    ? x
    : `${isAtom(x) ? x : `(${x})`}[${dimensions.join(', ')}]`;
}

function asTensor(text: string, scalar: Scalar, like: string): string {
  let number = true;
  visitScalar(scalar, (part) => {
    if (part.kind === 'access' || part.kind === 'position' || part.kind === 'inside') number = false;
  });
  return number ? `torch.tensor(${text}, device=${like}.device)` : text;
}
