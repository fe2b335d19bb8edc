/** @file Equal stages that follow one another become one that is repeated. */
import type { PipelineExpression, Stage } from '../../syntax/ast.ts';
import type { Analysis } from '../analysis.ts';
import type { ActionSource } from './action.ts';
import { textOf } from './equal-runs.ts';

export const useRepeat: ActionSource = ({ analysis, path }) => {
  const stage = path.findLast((node) => node.kind === 'stage');
  const pipeline = path.findLast((node): node is PipelineExpression => node.kind === 'pipeline');
  if (!stage || !pipeline?.stages.includes(stage)) return [];
  const { stages } = pipeline;
  let [from, to] = [stages.indexOf(stage), stages.indexOf(stage)];
  while (from > 0 && continues(analysis, stages[from - 1]!, stages[from]!)) from--;
  while (to + 1 < stages.length && continues(analysis, stages[to]!, stages[to + 1]!)) to++;
  const run = stages.slice(from, to + 1);
  const span = { file: analysis.file, start: run[0]!.span.start, end: run.at(-1)!.span.end };
  if (run.length < 2 || analysis.program.comments.some((it) => span.start < it.span.end && it.span.start < span.end))
    return [];
  const count = run.reduce((sum, each) => sum + countOf(each)!, 0);
  const target = textOf(analysis, stage.target);
  const { name, quoted } = run[0]!;
  const label = name ? `${quoted ? `"${name.text}"` : name.text}: ` : '';
  const title = `write these ${count} layers as \`repeat(${count}) ${target}\``;
  return [{ title, kind: 'refactor', edits: [{ span, replacement: `${label}repeat(${count}) ${target}` }] }];
};

function continues(analysis: Analysis, one: Stage, next: Stage): boolean {
  if (countOf(one) === undefined || countOf(next) === undefined) return false;
  if (!isCountedOn(one, next)) return false;
  return textOf(analysis, one.target) === textOf(analysis, next.target);
}

/** Neither has a name, or that of the next is what repetition would call it: `"layer1.0"`, `"layer1.1"`. */
function isCountedOn(one: Stage, next: Stage): boolean {
  if (!one.name || !next.name) return one.name === next.name;
  const [, stem, number] = /^(.*\D|)(\d+)$/.exec(one.name.text) ?? [];
  return !!one.quoted && !!next.quoted && next.name.text === `${stem}${Number(number) + countOf(one)!}`;
}

function countOf({ repeat }: Stage): number | undefined {
  if (!repeat) return 1;
  return repeat.kind === 'number' ? repeat.value : undefined;
}
