/**
 * @file The formula of a kernel, as its lanes compute it. Where images have lanes it is that of the node, and what is varying is
 * read a vector at a time. Where lanes are neighbours along an axis of the formula, `o`, the loop runs over groups of them:
 * `o` becomes `4*o`, what depends on it is read as a vector from there, and everything else as a number that all lanes
 * share. A contraction is the same kernel either way, its operands having changed places.
 */
import { affineAdd, affineAxis, affineSubstitute, type Index, plainIndex } from '../ir/affine.ts';
import { dependsOnAxis } from '../ir/builder.ts';
import { type Formula, formulaOf, type Node, type Shape } from '../ir/graph.ts';
import { access, accessesOf, mapAccesses, reductionOf, substituteAxes } from '../ir/scalar.ts';
import type { Lanes } from '../loop/layout.ts';
import type { ValueLayouts } from './lanes.ts';

/** A value as a formula meets it. */
export interface Met {
  readonly value: Node;
  /** A vector at a time. */
  readonly vector: boolean;
  readonly shape: Shape;
  readonly lanes: Lanes;
}

export interface LaneFormula {
  readonly formula: Formula;
  /** By the numbers that accesses have. */
  readonly operands: readonly Met[];
  readonly result: Met;
}

export function formulaInLanes(node: Node, layouts: ValueLayouts): LaneFormula {
  const formula = formulaOf(node)!;
  const meet = (value: Node, vector: boolean): Met => ({
    value,
    vector,
    shape: value.shape,
    lanes: layouts.lanesOf(value),
  });
  const axis = layouts.laneAxisOf(node);
  if (axis !== undefined) return alongAxis(node, axis, layouts.width, meet);
  const lanes = layouts.lanesOf(node);
  const whole = (value: Node) => meet(value, layouts.lanesOf(value) === 'images');
  const operands = node.inputs.map(whole);
  if (typeof lanes === 'string' || lanes.groups === 'inner') return { formula, operands, result: whole(node) };
  return { operands, ...inGroups(node, formula, lanes.dimension, layouts.width) };
}

function alongAxis(node: Node, axis: string, width: number, meet: (value: Node, vector: boolean) => Met): LaneFormula {
  const formula = formulaOf(node)!;
  const operands: Met[] = [];
  const first = new Map([[axis, plainIndex(affineAxis(axis, width))]]);
  const body = mapAccesses(substituteAxes(formula.body, first), (read) => {
    const value = node.inputs[read.operand]!;
    const vector = dependsOnAxis(read, axis);
    const known = operands.findIndex((met) => met.value === value && met.vector === vector);
    return access(known >= 0 ? known : operands.push(meet(value, vector)) - 1, read.indices);
  });
  const output = (formula.output ?? formula.axes.map(({ name }) => affineAxis(name))).map(
    (place) => affineSubstitute(place, first).affine,
  );
  const axes = formula.axes.map((one) =>
    one.name === axis ? { name: axis, extent: Math.ceil(one.extent / width) } : one,
  );
  return {
    formula: { ...formula, axes: isContraction(node, axis) ? axes : withLast(axes, axis), body, output },
    operands,
    result: meet(node, true),
  };
}

/**
 * Does it multiply numbers of the image by weights that differ from lane to lane? They are read for all positions before the
 * next ones are. Where each channel has weights of its own, what is read of the image is neighbours, and all of it is used at once.
 */
function isContraction(node: Node, axis: string): boolean {
  const reduction = reductionOf(formulaOf(node)!.body);
  if (!reduction || reduction.axes.length === 0) return false;
  const reads = accessesOf(reduction.body).map((read) => {
    return { varying: node.inputs[read.operand]!.varying, vector: dependsOnAxis(read, axis) };
  });
  return (
    reads.some(({ varying, vector }) => !varying && vector) && reads.some(({ varying, vector }) => varying && !vector)
  );
}

function withLast(axes: Formula['axes'], name: string): Formula['axes'] {
  return [...axes.filter((axis) => axis.name !== name), ...axes.filter((axis) => axis.name === name)];
}

/** Computed number by number, and stored so that lanes are neighbours along a dimension: what is beyond it is 0. */
function inGroups(
  node: Node,
  { axes, body, output, ...rest }: Formula,
  dimension: number,
  width: number,
): Pick<LaneFormula, 'formula' | 'result'> {
  const { name } = axes[dimension]!;
  const [group, lane] = [`${name}_group`, `${name}_lane`];
  const count = Math.ceil(node.shape[dimension]! / width);
  const split: Index = plainIndex(affineAdd(affineAxis(group, width), affineAxis(lane)));
  const grouped = axes.map((axis, k) => (k === dimension ? { name: group, extent: count } : axis));
  return {
    formula: {
      ...rest,
      axes: [...grouped, { name: lane, extent: width }],
      body: substituteAxes(body, new Map([[name, split]])),
    },
    result: {
      value: node,
      vector: false,
      shape: [...node.shape.map((extent, k) => (k === dimension ? count : extent)), width],
      lanes: 'none',
    },
  };
}
