/** @file What a kernel is called in generated code, and what is said of it there. */
import { printAffine } from '../ir/affine.ts';
import { elementCount, formulaOf, type Node } from '../ir/graph.ts';
import { describe } from '../ir/origin.ts';
import { printScalar } from '../ir/scalar.ts';

/** Layer and size, and the formula. */
export function documentationOf(node: Node): string[] {
  const formula = formulaOf(node)!;
  const axes = formula.axes.map((axis) => axis.name).join(', ');
  const places = formula.output?.map(printAffine).join(', ') ?? axes;
  const left = places ? `${node.name}[${places}]` : node.name;
  const body = printScalar(formula.body, (operand) => node.inputs[operand]!.name);
  const extents = formula.axes.map((axis) => `${axis.name} < ${axis.extent}`).join(', ');
  const head = describe(node.origins);
  return [
    `${head}${node.varying ? '' : ' (uniform)'}, ${elementCount(node.shape)} elements${extents ? `: ${extents}` : ''}`,
    `${left} = ${body}`,
  ];
}

/** Identifiers that say what a kernel computes, unique in the module. */
export class KernelNames {
  readonly #used = new Set<string>();

  next(prefix: string, node: Node): string {
    const base = `${prefix}_${node.name.replace(/[^A-Za-z0-9]+/g, '_')}`;
    let name = base;
    for (let number = 2; this.#used.has(name); number++) name = `${base}_${number}`;
    this.#used.add(name);
    return name;
  }
}
