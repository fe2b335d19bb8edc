/** @file The padding with which a layer gives maps of the size that it takes. */
import { findOperator } from '../../ops/registry.ts';
import type { CallExpression } from '../../syntax/ast.ts';
import { type Action, type ActionSource, insertion } from './action.ts';

export const keepSize: ActionSource = ({ analysis, path }) => {
  const stage = path.findLast((node) => node.kind === 'stage');
  const call = stage?.target;
  if (!stage || call?.kind !== 'call' || !takesPadding(call)) return [];
  if (call.arguments.some(({ name }) => name?.text === 'pad' || name?.text === 'stride')) return [];
  const pipeline = path.findLast((node) => node.kind === 'pipeline')!;
  const before = pipeline.stages[pipeline.stages.indexOf(stage) - 1] ?? pipeline.source;
  const sizes = analysis.valuesOf(stage).map((value, k) => [sizeOf(analysis.valuesOf(before)[k]), sizeOf(value)]);
  if (sizes.length > 0 && sizes.every(([from, to]) => from === to)) return [];
  const end = call.span.end - 1;
  const text = call.arguments.length > 0 ? ', pad: same' : 'pad: same';
  const title = 'keep the size of the maps with `pad: same`';
  return [{ title, kind: 'refactor', edits: [insertion(analysis.file, end, text)] }] satisfies Action[];
};

/** Of a pooling the stride is that of its window: padding alone does not keep the size. */
function takesPadding({ callee }: CallExpression): boolean {
  const attributes = findOperator(callee.text)?.attributes ?? [];
  const stride = attributes.find(({ name }) => name === 'stride');
  return attributes.some(({ name, type }) => name === 'pad' && type === 'padding') && stride?.default !== undefined;
}

function sizeOf(value: ReturnType<Parameters<ActionSource>[0]['analysis']['valuesOf']>[number] | undefined): string {
  return value?.kind === 'tensor' ? value.node.shape.slice(1).join('x') : '';
}
