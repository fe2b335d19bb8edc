/** @file What the layers cost and see that a place of the text has made, for hovers. */

import { multiplyAdds } from '../analysis/cost.ts';
import { thousands } from '../analysis/figure-texts.ts';
import { countElements } from '../analysis/memory.ts';
import { receptiveFields } from '../analysis/receptive-field.ts';
import { printShape } from '../common/shape.ts';
import type { Span } from '../diagnostics/diagnostic.ts';
import type { Layer, Model } from '../semantics/model.ts';
import type { Analysis } from './analysis.ts';

interface PlacedLayer {
  readonly layer: Layer;
  readonly model: Model;
}

/** The layers that are written or applied within a place, those of blocks that it applies included. */
export function layersWithin({ networks }: Analysis, span: Span): PlacedLayer[] {
  return networks.flatMap(({ elaboration }) => {
    const model = elaboration()?.training;
    const layers = model?.layers.filter((layer) => isMadeBy(layer, span)) ?? [];
    return layers.map((layer) => ({ layer, model: model! }));
  });
}

function isMadeBy({ span, written, instance }: Layer, place: Span): boolean {
  if (isWithin(span, place) || isWithin(written, place)) return true;
  for (let at = instance; at; at = at.outer) if (isWithin(at.span, place)) return true;
  return false;
}

function isWithin(span: Span, { file, start, end }: Span): boolean {
  return span.file === file && span.start >= start && span.end <= end;
}

/** A line for one layer, or the sums of several. */
export function figuresText(layers: readonly PlacedLayer[]): string[] {
  const [first] = layers;
  if (!first) return [];
  const states = new Set(layers.flatMap(({ layer }) => layer.states.filter(({ role }) => role === 'parameter')));
  const names = new Set(layers.map(({ layer }) => layer.name));
  const macs = [...names].reduce((sum, name) => sum + (multiplyAdds(first.model.graph).get(name) ?? 0), 0);
  const lines = [
    ...(layers.length > 1 ? [`${layers.length} layers`] : [`\`${first.layer.name}\``]),
    `${thousands(countElements([...states]))} parameters, ${thousands(macs)} multiply-adds`,
    fieldText(layers.at(-1)!),
  ];
  return lines.filter((line) => line !== '');
}

function fieldText({ layer, model }: PlacedLayer): string {
  const field = receptiveFields(model).get(layer.output);
  if (field === undefined) return '';
  if (field === null) return 'sees the whole input';
  return `sees ${field.size.join(' × ')} pixels, a step of ${field.stride.map((step) => Number(step.toFixed(2))).join(' × ')}`;
}

/** `[3, 32, 32] → [16, 32, 32]` of each application, those that are alike once. */
export function shapesText(layers: readonly PlacedLayer[], most = 6): string[] {
  const lines = layers.map(({ layer }) => {
    const from = layer.inputs.map(({ shape }) => printShape(shape)).join(', ');
    return `${from} → ${printShape(layer.output.shape)}`;
  });
  const different = [...new Set(lines)];
  const rest = different.length - most;
  return rest > 0 ? [...different.slice(0, most), `and ${rest} more`] : different;
}
