/**
 * @file Layers that are written alike in several places become a block, applied in each of them. Values that differ
 * between the places, or that mean something only there, become its parameters; places that follow one another with the
 * same values become a `repeat`.
 */
import type { Edit } from '../../diagnostics/diagnostic.ts';
import { findOperator } from '../../ops/registry.ts';
import type { Expression, PipelineExpression, Stage } from '../../syntax/ast.ts';
import { format } from '../../syntax/format.ts';
import { parse } from '../../syntax/parse.ts';
import type { Analysis } from '../analysis.ts';
import { type Action, type ActionRequest, type ActionSource, insertion } from './action.ts';
import { calleeOf, equalRuns, localNames, type Run, type Slot, slotsOf, textOf } from './equal-runs.ts';

/** A block with more parameters says less than what it replaces. */
const MOST_PARAMETERS = 3;

interface BlockParameter {
  readonly name: string;
  /** What is given for it at each place. */
  readonly values: readonly string[];
}

export const extractBlock: ActionSource = (request) => {
  const { analysis } = request;
  const chosen = chosenStages(request);
  if (!chosen) return [];
  const isFixed = chosen.to > chosen.from;
  const found = equalRuns(analysis, chosen.pipeline, chosen, isFixed);
  const runs = found.filter((run) => !hasComment(analysis, run) && !isNamedWithin(analysis, run));
  const asked = chosen.pipeline.stages[chosen.from]!;
  if (runs.length < 2 || !runs.some(({ stages }) => stages.includes(asked))) return [];
  const parameters = parametersOf(analysis, runs);
  if (!parameters) return [];
  const name = freeName(analysis, runs[0]!);
  const title = `extract these ${runs[0]!.stages.length} layers, written ${runs.length} times, into a block \`${name}\``;
  const edits = [blockText(analysis, runs[0]!, name, parameters), ...applications(analysis, runs, name, parameters)];
  return [{ title, kind: 'refactor', edits }] satisfies Action[];
};

/** The stages of one pipeline that a selection touches. */
function chosenStages({ path, span }: ActionRequest) {
  const pipeline = path.findLast((node): node is PipelineExpression => node.kind === 'pipeline');
  if (!pipeline) return undefined;
  const touches = (stage: Stage) => stage.span.start <= span.end && span.start <= stage.span.end;
  const [from, to] = [pipeline.stages.findIndex(touches), pipeline.stages.findLastIndex(touches)];
  return from < 0 ? undefined : { pipeline, from, to };
}

/** A comment would be lost. */
function hasComment({ program }: Analysis, { stages }: Run): boolean {
  const [start, end] = [stages[0]!.span.start, stages.at(-1)!.span.end];
  return program.comments.some(({ span }) => start < span.end && span.start < end);
}

/** The name of one layer becomes that of the application. Names of several cannot, and what is read by name stays. */
function isNamedWithin({ names }: Analysis, { stages }: Run): boolean {
  const named = stages.filter(({ name }) => name);
  return (
    named.length > 1 ||
    named.some(({ quoted, name }) => !quoted && names.definitions.some((it) => it.name === name && it.uses.length > 0))
  );
}

/** Undefined where the places differ in more than values. */
function parametersOf(analysis: Analysis, runs: readonly Run[]): Map<number, BlockParameter> | undefined {
  const slots = runs.map(slotsOf);
  const parameters = new Map<number, BlockParameter>();
  const known = new Map<string, BlockParameter>();
  for (const [k, slot] of slots[0]!.entries()) {
    const all = slots.map((of) => of[k]!.value);
    const values = all.map((value) => textOf(analysis, value));
    const isSame = values.every((value) => value === values[0]);
    if (isSame && localNames(analysis, all[0]!).length === 0) continue;
    if (!all.every((value) => isValue(analysis, value))) return undefined;
    const key = JSON.stringify(values);
    const taken = [...known.values()].map(({ name }) => name);
    const parameter = known.get(key) ?? { name: parameterName(analysis, slot, isSame, taken), values };
    known.set(key, parameter);
    parameters.set(k, parameter);
  }
  return known.size > MOST_PARAMETERS ? undefined : parameters;
}

/** What can be given to a block: no word of an attribute, as `same` is, and no tensor. */
function isValue(analysis: Analysis, value: Expression): boolean {
  switch (value.kind) {
    case 'identifier': {
      const use = analysis.names.uses.find(({ name }) => name.span.start === value.span.start);
      return use?.definition !== undefined && !analysis.valuesOf(value).some(({ kind }) => kind === 'tensor');
    }
    case 'call':
    case 'pipeline':
      return false;
    default:
      return true;
  }
}

function parameterName(analysis: Analysis, { value, name, position, stage }: Slot, isSame: boolean, taken: string[]) {
  const callee = calleeOf(stage);
  const attributes = callee === undefined ? undefined : findOperator(callee)?.attributes;
  const wanted =
    isSame && value.kind === 'identifier' && value.text !== 'in'
      ? value.text
      : (name?.text ??
        (position < 0 ? 'count' : (attributes?.[position]?.name ?? blockParameter(analysis, callee, position))));
  let free = wanted;
  for (let number = 2; taken.includes(free); number++) free = `${wanted}${number}`;
  return free;
}

function blockParameter({ program }: Analysis, callee: string | undefined, position: number): string {
  const item = program.items.find((item) => item.kind === 'block' && item.name.text === callee);
  return (item?.kind === 'block' && item.parameters[position]?.name.text) || 'value';
}

/** `ConvBatchnormRelu`, unless something is called so. */
function freeName({ program, names }: Analysis, { stages }: Run): string {
  const parts = stages.slice(0, 3).map((stage) => calleeOf(stage) ?? 'Choice');
  const wanted = parts.map((part) => part[0]!.toUpperCase() + part.slice(1)).join('');
  const taken = new Set([
    ...names.definitions.map(({ name }) => name.text),
    ...program.items.flatMap((item) => ('name' in item ? [item.name.text] : [])),
  ]);
  let free = wanted;
  for (let number = 2; taken.has(free); number++) free = `${wanted}${number}`;
  return free;
}

function blockText(analysis: Analysis, run: Run, name: string, parameters: ReadonlyMap<number, BlockParameter>): Edit {
  const slots = slotsOf(run);
  const layers = run.stages.map((stage) => {
    const start = stage.name ? startBehindName(analysis, stage) : stage.span.start;
    let [text, at] = ['', start];
    for (const [k, slot] of slots.entries()) {
      const parameter = parameters.get(k);
      if (slot.stage !== stage || !parameter) continue;
      text += analysis.text.slice(at, slot.value.span.start) + parameter.name;
      at = slot.value.span.end;
    }
    return text + analysis.text.slice(at, stage.span.end);
  });
  const names = [...new Set([...parameters.values()].map((parameter) => parameter.name))];
  const head = names.length > 0 ? `(${names.join(', ')})` : '';
  const text = `block ${name}${head} { return in -> ${layers.join(' -> ')} }`;
  const formatted = format(parse(text, analysis.file).program, text);
  return insertion(analysis.file, placeBefore(analysis, run), `${formatted}\n`);
}

/** Behind `name: `. */
function startBehindName({ text }: Analysis, { name }: Stage): number {
  const colon = text.indexOf(':', name!.span.end);
  return colon + 1 + (/^\s*/.exec(text.slice(colon + 1))?.[0].length ?? 0);
}

/** Above the item of a run and the comment that is about it; a comment that heads the file stays on top. */
function placeBefore({ program, text }: Analysis, { stages }: Run): number {
  const at = stages[0]!.span.start;
  const item = program.items.find(({ span }) => span.start <= at && at < span.end)!;
  let place = item.span.start;
  for (const { span } of program.comments.toReversed())
    if (span.end <= place && span.start > 0 && /^[^\S\n]*\n?[^\S\n]*$/.test(text.slice(span.end, place)))
      place = span.start;
  const isHead = text.slice(0, place).trim() === '' && place < item.span.start;
  return isHead ? item.span.start : place;
}

function applications(
  analysis: Analysis,
  runs: readonly Run[],
  name: string,
  parameters: ReadonlyMap<number, BlockParameter>,
): Edit[] {
  const distinct = [...new Set(parameters.values())];
  const applied = runs.map((run, k) => {
    const given = distinct.map(({ name, values }, place) => (place === 0 ? values[k]! : `${name}: ${values[k]!}`));
    const named = run.stages.find((stage) => stage.name);
    return {
      run,
      label: named ? analysis.text.slice(named.span.start, startBehindName(analysis, named)) : '',
      text: given.length > 0 ? `${name}(${given.join(', ')})` : name,
    };
  });
  const edits: Edit[] = [];
  for (let k = 0; k < applied.length; ) {
    let count = 1;
    while (follows(applied[k + count - 1]!, applied[k + count])) count++;
    const { run, label, text } = applied[k]!;
    const end = applied[k + count - 1]!.run.stages.at(-1)!.span.end;
    const span = { file: analysis.file, start: run.stages[0]!.span.start, end };
    edits.push({ span, replacement: `${label}${count > 1 ? `repeat(${count}) ` : ''}${text}` });
    k += count;
  }
  return edits;
}

function follows(
  one: { readonly run: Run; readonly label: string; readonly text: string },
  next: typeof one | undefined,
): boolean {
  const isNext = next?.run.pipeline === one.run.pipeline && next.run.start === one.run.start + one.run.stages.length;
  return isNext && next.text === one.text && one.label === '' && next.label === '';
}
