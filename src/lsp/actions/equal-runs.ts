/**
 * @file Runs of stages that are written alike in several places: the same layers with the same arguments given, whose
 * values may differ. What a run says is its pattern; the values in it are its slots.
 */
import { findOperator } from '../../ops/registry.ts';
import type { Resolution } from '../../resolve/resolution.ts';
import type { Expression, Name, PipelineExpression, Program, Stage, SyntaxNode } from '../../syntax/ast.ts';
import { nodesOf } from '../../syntax/visit.ts';
import type { Analysis } from '../analysis.ts';

/** Stages of one pipeline, one after another. */
export interface Run {
  readonly pipeline: PipelineExpression;
  readonly start: number;
  readonly stages: readonly Stage[];
}

/** A value in a run: an argument, or the count of a `repeat`. */
export interface Slot {
  readonly value: Expression;
  /** Of the argument, where it is given by name. */
  readonly name?: Name;
  readonly position: number;
  readonly stage: Stage;
}

/** Longer ones are no block that a reader would want. */
const LONGEST = 12;

/** The name that a stage applies; nothing for an `if`. */
export function calleeOf({ target }: Stage): string | undefined {
  return target.kind === 'call' ? target.callee.text : target.kind === 'identifier' ? target.text : undefined;
}

export function slotsOf({ stages }: Run): Slot[] {
  return stages.flatMap((stage): Slot[] => [
    ...(stage.repeat ? [{ value: stage.repeat, position: -1, stage }] : []),
    ...(stage.target.kind === 'call'
      ? stage.target.arguments.map(({ name, value }, position) => ({ value, name, position, stage }))
      : []),
  ]);
}

export function textOf({ text }: Analysis, { span }: SyntaxNode): string {
  return text.slice(span.start, span.end);
}

/** Names that mean something only where they stand: of the network or block around them. */
export function localNames({ names }: Analysis, node: SyntaxNode): string[] {
  const { start, end } = node.span;
  const inside = names.uses.filter(({ name }) => start <= name.span.start && name.span.end <= end);
  return inside.flatMap(({ name, definition }) => (definition && isLocal(definition, names) ? [name.text] : []));
}

function isLocal({ node }: Resolution['definitions'][number], { scope }: Resolution): boolean {
  return !scope.all.some((definition) => definition.node === node);
}

/** Runs that contain a stage and are written alike elsewhere: the one that saves most, and all of its places in order. */
export function equalRuns(
  analysis: Analysis,
  pipeline: PipelineExpression,
  chosen: { readonly from: number; readonly to: number },
  isFixed: boolean,
): readonly Run[] {
  const lines = patternsOf(analysis);
  const here = lines.find((line) => line.pipeline === pipeline);
  if (!here) return [];
  let best: { readonly runs: readonly Run[]; readonly saved: number } | undefined;
  for (const [from, to] of isFixed ? [[chosen.from, chosen.to] as const] : around(chosen, pipeline.stages.length)) {
    const pattern = here.patterns.slice(from, to + 1);
    if (pattern.includes(undefined)) continue;
    const runs = placesOf(lines, pattern as string[], { pipeline, start: from });
    const saved = (runs.length - 1) * pattern.length + (beginsUnit(pipeline.stages[from]!) ? 0.5 : 0);
    if (runs.length > 1 && (!best || saved > best.saved)) best = { runs, saved };
  }
  return best?.runs ?? [];
}

/** Units begin with what computes something new, not with what is made of it: of two that save the same such a one is taken. */
function beginsUnit(stage: Stage): boolean {
  const callee = calleeOf(stage);
  const { activation, keeps, drops, normalizes } = (callee && findOperator(callee)?.traits) || {};
  return !activation && !keeps && !drops && !normalizes;
}

/** The longest first, so that of those that save the same it is taken. */
function around({ from, to }: { readonly from: number; readonly to: number }, count: number): [number, number][] {
  const found: [number, number][] = [];
  for (let length = Math.min(LONGEST, count); length >= Math.max(2, to - from + 1); length--)
    for (let start = Math.max(0, to - length + 1); start <= from && start + length <= count; start++)
      found.push([start, start + length - 1]);
  return found;
}

interface Line {
  readonly pipeline: PipelineExpression;
  /** One for each stage; undefined for one that cannot be moved. */
  readonly patterns: readonly (string | undefined)[];
}

function patternsOf(analysis: Analysis): Line[] {
  return nodesOf(bodies(analysis.program), 'pipeline').map((pipeline) => ({
    pipeline,
    patterns: pipeline.stages.map((stage) => patternOf(analysis, stage)),
  }));
}

function bodies(program: Program): Program {
  return { ...program, items: program.items.filter(({ kind }) => kind === 'network' || kind === 'block') };
}

function patternOf(analysis: Analysis, stage: Stage): string | undefined {
  const { target } = stage;
  const repeated = stage.repeat ? 'repeat ' : '';
  const callee = calleeOf(stage);
  if (callee === undefined)
    return localNames(analysis, target).length > 0 ? undefined : `${repeated}${textOf(analysis, target)}`;
  const applied = target.kind === 'call' ? { ...target, arguments: [] } : target;
  const name = { ...applied, span: { ...target.span, end: target.span.start + callee.length } };
  // What is bound to a name shares its weights.
  if (localNames(analysis, name).length > 0) return undefined;
  const given = target.kind === 'call' ? target.arguments.map((argument) => argument.name?.text ?? '') : [];
  return `${repeated}${callee}(${given.join(',')})`;
}

/** Of places that overlap the first is taken, but the run that is asked about is always one of them. */
function placesOf(
  lines: readonly Line[],
  pattern: readonly string[],
  asked: { readonly pipeline: PipelineExpression; readonly start: number },
): Run[] {
  const places: Run[] = [];
  const { length } = pattern;
  for (const { pipeline, patterns } of lines) {
    const starts = patterns.flatMap((_, start) =>
      pattern.every((text, k) => patterns[start + k] === text) ? [start] : [],
    );
    const kept: number[] = pipeline === asked.pipeline ? [asked.start] : [];
    for (const start of starts) if (kept.every((other) => Math.abs(other - start) >= length)) kept.push(start);
    for (const start of kept.toSorted((a, b) => a - b))
      places.push({ pipeline, start, stages: pipeline.stages.slice(start, start + length) });
  }
  return places.toSorted((left, right) => left.stages[0]!.span.start - right.stages[0]!.span.start);
}
