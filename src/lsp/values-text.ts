/** @file What a name or a stage is, in a few words: `[16, 8, 8]`, `3`, `block Basic`. */
import { printShape } from '../common/shape.ts';
import { describe, type Value } from '../semantics/evaluate/values.ts';

/** The shape of a tensor; nothing for other values. */
export function shapeOf(value: Value | undefined): string | undefined {
  return value?.kind === 'tensor' && value.node.shape.length > 0 ? printShape(value.node.shape) : undefined;
}

export function valueText(value: Value): string {
  if (value.kind === 'number' || value.kind === 'boolean') return String(value.value);
  if (value.kind === 'list') return `[${value.items.map(valueText).join(', ')}]`;
  return shapeOf(value) ?? describe(value);
}

/** What came out where something was run several times; what is alike is told once. */
export function differentTexts(values: readonly Value[], most = 8): string {
  const texts = [...new Set(values.map(valueText))];
  const rest = texts.length - most;
  return rest > 0 ? `${texts.slice(0, most).join(', ')} and ${rest} more` : texts.join(', ');
}
