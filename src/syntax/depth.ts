/** @file How deep a tree is, found without recursion, so that everything after the parser may recurse. */
import type { SyntaxKind, SyntaxNode } from './ast.ts';
import { maximumDepth, tooDeep } from './build-expression.ts';
import { childrenOf } from './visit.ts';

/** They only hold what counts. */
const holders: ReadonlySet<SyntaxKind> = new Set(['parameter', 'pattern', 'setting', 'argument', 'stage']);

/** Throws a `DiagnosticError` when some path from `root` passes more than `maximumDepth` tree nodes. */
export function checkDepth(root: SyntaxNode): void {
  const stack: { readonly node: SyntaxNode; readonly depth: number }[] = [{ node: root, depth: 0 }];
  for (let entry = stack.pop(); entry; entry = stack.pop()) {
    const { node, depth } = entry;
    if (depth > maximumDepth) throw tooDeep(root.span);
    const inner = holders.has(node.kind) ? depth : depth + 1;
    for (const child of childrenOf(node)) stack.push({ node: child, depth: inner });
  }
}
