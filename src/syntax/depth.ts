/** @file How deep a tree is, found without recursion, so that everything after the parser may recurse. */
import type { Span } from '../diagnostics/diagnostic.ts';
import { maximumDepth, tooDeep } from './build-expression.ts';

/** Throws a `DiagnosticError` when some path from `root` passes more than `maximumDepth` tree nodes. */
export function checkDepth(root: object): void {
  const stack: { value: object; depth: number }[] = [{ value: root, depth: 0 }];
  for (let entry = stack.pop(); entry; entry = stack.pop()) {
    const { value, depth } = entry;
    if (depth > maximumDepth) throw tooDeep((root as { span: Span }).span);
    const inner = 'kind' in value ? depth + 1 : depth;
    for (const child of Object.values(value)) {
      if (typeof child === 'object' && child !== null) stack.push({ value: child, depth: inner });
    }
  }
}
