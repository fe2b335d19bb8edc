/** @file Where what a rule is about is written: settings of the `train` block, stages of a pipeline. */
import type { Edit, Span } from '../diagnostics/diagnostic.ts';
import type { Layer } from '../semantics/model.ts';
import type { Argument, Program, Setting } from '../syntax/ast.ts';
import { type ModelFacts, traitsOf } from './model-facts.ts';

/** In a block that is applied often, the same text makes several layers. */
export function isSamePlace({ written }: Layer, other: Layer): boolean {
  return written.file === other.written.file && written.start === other.written.start;
}

/** Whether all layers that the text of this one makes are among those found: only then may the text be changed for it. */
export function isFoundEverywhere(layer: Layer, found: readonly Layer[], { model }: ModelFacts): boolean {
  return model.layers.filter((other) => isSamePlace(layer, other)).every((other) => found.includes(other));
}

/** Settings of one name in the `train` block of the network. */
export function settingsOf({ items }: Program, { model }: ModelFacts, name: string): readonly Setting[] {
  return items.flatMap((item) =>
    item.kind === 'train' && item.network.text === model.name
      ? item.settings.filter((setting) => setting.name.text === name)
      : [],
  );
}

/** The first layer that takes statistics from the images of a batch, and keeps them for inference. */
export function batchNormOf({ layers }: ModelFacts): Layer | undefined {
  return layers.find(
    (layer) => traitsOf(layer).normalizes === 'channels' && layer.states.some(({ role }) => role === 'buffer'),
  );
}

/** Of a setting that is one word: what stands in its brackets under this name. */
export function argumentOf({ arguments: given }: Setting, name: string): Argument | undefined {
  const [sole] = given;
  if (sole?.value.kind !== 'call') return undefined;
  return sole.value.arguments.find((argument) => argument.name?.text === name);
}

/** `-> relu`, with its arrow; nothing where the stage before is not written directly in front of it. */
export function stageEdit(text: string, before: Layer, { written }: Layer): Edit | undefined {
  const { file, start, end } = written;
  if (before.written.file !== file || before.written.end > start) return undefined;
  const span: Span = { file, start: before.written.end, end };
  return /^\s*->\s*$/.test(text.slice(span.start, start)) ? { span, replacement: '' } : undefined;
}

/** One item of a list in brackets or behind a word, with its comma. */
export function itemEdit(text: string, { span }: { readonly span: Span }): Edit {
  const before = /,\s*$/.exec(text.slice(0, span.start));
  if (before) return { span: { ...span, start: span.start - before[0].length }, replacement: '' };
  const behind = /^\s*,\s*/.exec(text.slice(span.end));
  return { span: { ...span, end: span.end + (behind?.[0].length ?? 0) }, replacement: '' };
}
