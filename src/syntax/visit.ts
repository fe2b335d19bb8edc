/** @file What each node of a tree contains: the one table by which trees are walked. */
import type { Expression, Program, Statement, SyntaxKind, SyntaxNode } from './ast.ts';

type NodeOf<Kind extends SyntaxKind> = Extract<SyntaxNode, { kind: Kind }>;
type Children = readonly (SyntaxNode | undefined)[];

const leaf = (): Children => [];
const nameless = ({ value }: { readonly value: Expression }): Children => [value];
const body = (node: { readonly parameters: Children; readonly body: readonly Statement[] }): Children => [
  ...node.parameters,
  ...node.body,
];

/** In the order of the text. */
const children: { readonly [Kind in SyntaxKind]: (node: NodeOf<Kind>) => Children } = {
  program: ({ items }) => items,
  import: ({ from }) => [from],
  network: body,
  block: body,
  fn: (node) => [...node.parameters, node.body],
  op: (node) => [...inOrder([...node.operands, ...node.parameters]), node.result, node.body],
  train: ({ settings, allowances }) => inOrder([...settings, ...allowances]),
  allow: ({ reason }) => [reason],
  parameter: ({ defaultValue }) => [defaultValue],
  pattern: leaf,
  setting: (node) => node.arguments,
  input: ({ type }) => [type],
  target: ({ type }) => [type],
  binding: nameless,
  loss: nameless,
  metric: nameless,
  output: ({ value }) => [value],
  assert: ({ condition }) => [condition],
  freeze: ({ name }) => [name],
  return: nameless,
  for: (node) => [node.list, ...node.body],
  number: leaf,
  pair: leaf,
  string: leaf,
  boolean: leaf,
  identifier: leaf,
  list: ({ items }) => items,
  call: (node) => node.arguments,
  argument: nameless,
  member: ({ object }) => [object],
  index: ({ object, indices }) => [object, ...indices],
  reduce: (node) => [node.body],
  unary: ({ operand }) => [operand],
  binary: ({ left, right }) => [left, right],
  if: ({ condition, consequent, alternate }) => [condition, consequent, alternate],
  pipeline: ({ source, stages }) => [source, ...stages],
  stage: ({ repeat, target }) => [repeat, target],
};

function inOrder(nodes: readonly SyntaxNode[]): SyntaxNode[] {
  return nodes.toSorted((left, right) => left.span.start - right.span.start);
}

/** The nodes directly in a node, in the order of the text. */
export function childrenOf(node: SyntaxNode): SyntaxNode[] {
  const of = children[node.kind] as (node: SyntaxNode) => Children;
  return of(node).filter((child) => child !== undefined);
}

/** Shows `see` a node and all below it, each before what it contains. */
export function visit(node: SyntaxNode, see: (node: SyntaxNode) => void): void {
  see(node);
  for (const child of childrenOf(node)) visit(child, see);
}

/** All nodes of some kinds in a tree, in the order in which they are visited. */
export function nodesOf<Kind extends SyntaxKind>(tree: SyntaxNode, ...kinds: readonly Kind[]): NodeOf<Kind>[] {
  const found: NodeOf<Kind>[] = [];
  visit(tree, (node) => {
    if ((kinds as readonly SyntaxKind[]).includes(node.kind)) found.push(node as NodeOf<Kind>);
  });
  return found;
}

/**
 * The path from the program to the innermost node at an offset. Between two nodes that touch, it is the one that starts
 * there; a node that ends there is at the offset too, as it is for a cursor.
 */
export function nodesAt(program: Program, offset: number): SyntaxNode[] {
  const path: SyntaxNode[] = [];
  for (let node: SyntaxNode | undefined = program; node; node = childAt(node, offset)) path.push(node);
  return path;
}

function childAt(node: SyntaxNode, offset: number): SyntaxNode | undefined {
  return childrenOf(node).findLast(({ span }) => span.start <= offset && offset <= span.end);
}
