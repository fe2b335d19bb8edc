/**
 * @file The loss of images that are each mixed of two. Whatever the loss is, what it knows of the targets it adds up over the batch:
 * a sum S(target; w), w being the weights of the images, becomes S(target; λ w) + S(partner's target; (1 - λ) w). Of the mean
 * of one loss an image that is λ L(target) + (1 - λ) L(partner's target) (Zhang et al. 2018), and classes need not be anything
 * but numbers. What does not depend on a target, such as the statistics of a norm, is summed as it was.
 */
import { InternalError } from '../diagnostics/diagnostic.ts';
import { axisIndex } from '../ir/affine.ts';
import { GraphBuilder } from '../ir/builder.ts';
import { formulaOf, type Graph, type MixedSide, type Node, sourceOf } from '../ir/graph.ts';
import { obtain } from '../ir/memoize.ts';
import { access, add } from '../ir/scalar.ts';

const SIDES: readonly MixedSide[] = ['own', 'partner'];

/** Metrics go on to count the image's own target. */
export function mixLoss(graph: Graph): Graph {
  const loss = graph.results.find(({ role }) => role === 'loss')?.node;
  if (!loss) throw new InternalError('mix-loss', 'the graph has no loss');
  const mixer = new Mixer(graph);
  const mixed = mixer.mixed(loss);
  const { nodes, name } = mixer.builder.finish();
  return {
    name,
    nodes,
    results: graph.results.map((result) => (result.role === 'loss' ? { ...result, node: mixed } : result)),
  };
}

class Mixer {
  readonly builder: GraphBuilder;
  readonly #known = { own: new Map<Node, Node>(), partner: new Map<Node, Node>(), sum: new Map<Node, Node>() };
  readonly #told: ReadonlySet<Node>;

  constructor(graph: Graph) {
    this.builder = GraphBuilder.from(graph);
    this.#told = toldOfTargets(graph);
  }

  /** What stands for a value that is no longer one of two. */
  mixed(node: Node): Node {
    return obtain(this.#known.sum, node, () => {
      const isSum = !node.varying && node.inputs.some((input) => this.#told.has(input));
      if (!isSum) return this.#copy(node, node.name, (input) => this.mixed(input));
      const [own, partner] = SIDES.map((side) =>
        this.#copy(node, `${node.name}.${side}`, (input) => this.#side(input, side)),
      );
      const axes = node.shape.map((extent, k) => ({ name: `u${k}`, extent }));
      const indices = axes.map((axis) => axisIndex(axis.name));
      const options = { name: `${node.name}.mixed`, origins: node.origins };
      return this.builder.formula([own!, partner!], axes, add(access(0, indices), access(1, indices)), options);
    });
  }

  /** A value of each image, of its own or of its partner's target and its share of the weight. */
  #side(node: Node, side: MixedSide): Node {
    if (!node.varying) return this.mixed(node);
    return obtain(this.#known[side], node, () => {
      const source = sourceOf(node);
      const isOther = source?.role === 'weight' || (source?.role === 'target' && side === 'partner');
      if (isOther) return this.builder.source({ ...source, mixed: side }, node.shape, `${node.name}.${side}`);
      return this.#copy(node, `${node.name}.${side}`, (input) => this.#side(input, side));
    });
  }

  /** The node itself where nothing that it reads is another. */
  #copy(node: Node, name: string, replaced: (input: Node) => Node): Node {
    const inputs = node.inputs.map(replaced);
    if (inputs.every((input, k) => input === node.inputs[k])) return node;
    const options = { name, origins: node.origins };
    const formula = formulaOf(node);
    if (!formula) return this.builder.view(inputs[0]!, node.shape, options);
    return this.builder.formula(inputs, formula.axes, formula.body, options);
  }
}

/** Values of an image that depend on its target. */
function toldOfTargets({ nodes }: Graph): Set<Node> {
  const told = new Set<Node>();
  for (const node of nodes) {
    const isTold = sourceOf(node)?.role === 'target' || node.inputs.some((input) => told.has(input));
    if (node.varying && isTold) told.add(node);
  }
  return told;
}
