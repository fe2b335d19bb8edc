/** @file The names of layers in a body, each once, so that the language counts none of them on. */
import { Names } from '../names.ts';
import { type Body, isLayer, type Part } from './parts.ts';

/** `blockWord`: what a block is called whose place has no name; `bound`: the names of layers that are applied again. */
export function labelLayers(
  body: Body,
  blockWord: (part: Part) => string,
  bound: ReadonlyMap<string, string>,
): Map<Part, string> {
  const labels = new Map<Part, string>();
  const names = new Names([], []);
  const all = body.parts.filter(isLayer);
  for (const { label, free } of all) if (!free) names.take(bound.get(label) ?? label);
  const isBound = ({ label, free }: Part) => !free && bound.has(label);
  for (const part of all.filter(isBound)) labels.set(part, bound.get(part.label)!);
  const layers = all.filter((part) => !isBound(part));
  const series = new Map<string, number>();
  for (const part of layers) {
    const rounds = Math.max(1, ...(part.call?.rounds.map(({ length }) => length) ?? []));
    const repeated = rounds > 1 && part.free;
    let label = part.free ? freshLabel(names, part.call ? blockWord(part) : part.word, repeated) : part.label;
    const [, start, number] = /^(.*?)(\d+)$/.exec(label) ?? [];
    if (start !== undefined) {
      // A name that counts on cannot go back.
      if (Number(number) < (series.get(start) ?? 0)) label = names.fresh(`${label}_`);
      else series.set(start, Number(number) + rounds);
    }
    labels.set(part, label);
  }
  return labels;
}

function freshLabel(names: Names, word: string, repeated: boolean): string {
  const own = names.fresh(word);
  return repeated ? `${own}.0` : own;
}
