/**
 * @file Which formulas run together. A *step* is one kernel: a formula, or all formulas of one shared loop. What the
 * formulas of a step hand to each other is *contracted*: its buffer has room for one value of the loop's axis.
 */
import { type Formula, formulaOf, type Node } from '../ir/graph.ts';

export interface Step {
  readonly nodes: readonly Node[];
  /** The dimension of each contracted value that the shared axis numbers. */
  readonly contracted: ReadonlyMap<Node, number>;
  /** A formula of a shared loop that runs over the whole axis by itself. */
  readonly alone?: boolean;
}

/** The formulas among `nodes`, each a step of its own. */
export function separateSteps(nodes: readonly Node[]): Step[] {
  return nodes.flatMap((node) => (formulaOf(node) ? [{ nodes: [node], contracted: new Map(), alone: true }] : []));
}

/** The formulas among `nodes` as steps. A shared loop stands where its last formula stood. */
export function stepsOf(
  nodes: readonly Node[],
  users: ReadonlyMap<Node, readonly Node[]>,
  results: ReadonlySet<Node>,
): Step[] {
  const members = new Map<string, Node[]>();
  for (const node of nodes) {
    const loop = formulaOf(node)?.shared?.loop;
    if (loop !== undefined) members.set(loop, [...(members.get(loop) ?? []), node]);
  }
  return nodes.flatMap((node) => {
    const formula = formulaOf(node);
    if (!formula) return [];
    const together = formula.shared ? members.get(formula.shared.loop)! : [node];
    return together.at(-1) === node ? [{ nodes: together, contracted: contractedIn(together, users, results) }] : [];
  });
}

function contractedIn(
  nodes: readonly Node[],
  users: ReadonlyMap<Node, readonly Node[]>,
  results: ReadonlySet<Node>,
): Map<Node, number> {
  const contracted = new Map<Node, number>();
  for (const node of nodes.slice(0, -1)) {
    const readers = users.get(node)!;
    const isPrivate =
      node.varying && !results.has(node) && readers.length > 0 && readers.every((reader) => nodes.includes(reader));
    const dimension = isPrivate ? sharedDimension(formulaOf(node)!) : -1;
    if (dimension >= 0) contracted.set(node, dimension);
  }
  return contracted;
}

function sharedDimension({ axes, output, shared }: Formula): number {
  return output ? -1 : axes.findIndex(({ name }) => name === shared!.axis);
}
