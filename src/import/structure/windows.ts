/**
 * @file Where blocks may lie: windows, runs of links of a chain. Those that do the same are alike but for the values of arguments;
 * they can be one block if the names of their layers are a path of their own and then the same names in each.
 */
import { chainsOf, type Link } from './chains.ts';
import { type Block, type Body, isLayer, isPart, type Part } from './parts.ts';

export interface Window {
  readonly body: Body;
  readonly entry: Part;
  readonly parts: readonly Part[];
  /** What stands before the names of its layers; absent where the model does not say what they are called. */
  readonly path?: string;
  /** Names of its layers behind the path. */
  readonly labels: readonly string[];
  /** Number of the chain among all, and of its links there. */
  readonly chain: number;
  readonly start: number;
  readonly end: number;
}

/** No block has more links. */
const LONGEST = 40;

/** All windows, those together that can be one block. */
export function groupsOf(bodies: readonly Body[]): Window[][] {
  const [numbers, known] = [new Numbers<string>(), new Numbers<Block>()];
  const alike = new Map<string, { body: Body; links: readonly Link[]; chain: number; start: number }[]>();
  let chain = 0;
  for (const body of bodies)
    for (const links of chainsOf(body)) {
      const own = links.map((link) => numbers.of(structureOf(link, known)));
      for (let start = 0; start < own.length; start++)
        for (let end = start + 1; end <= Math.min(own.length, start + LONGEST); end++) {
          const key = own.slice(start, end).join();
          const list = alike.get(key) ?? [];
          list.push({ body, links: links.slice(start, end), chain, start });
          alike.set(key, list);
        }
      chain++;
    }
  const owners = new Map(bodies.map((body) => [body, layersByPath(body)]));
  const groups = new Map<string, Window[]>();
  for (const [key, places] of alike) {
    if (places.length < 2) continue;
    for (const { body, links, chain: number, start } of places) {
      const parts = links.flatMap((link) => link.parts);
      const place = { body, entry: links[0]!.from, parts, chain: number, start, end: start + links.length };
      for (const path of pathsOf(parts, owners.get(body)!)) {
        const labels = parts
          .filter(isLayer)
          .map(({ label, free }) => (free ? '' : label.slice((path ?? '.').length + 1)));
        const own = `${key}\0${path === undefined}\0${labels.join()}`;
        groups.set(own, [...(groups.get(own) ?? []), { ...place, labels, ...(path !== undefined && { path }) }]);
      }
    }
  }
  return [...groups.values()].map((windows) => whole(windows, owners)).filter((windows) => windows.length > 1);
}

/** Those whose path has no layers outside: several that have one path are applications of one block. */
function whole(windows: readonly Window[], owners: ReadonlyMap<Body, ReadonlyMap<string, number>>): Window[] {
  const within = new Map<string, number>();
  const keyOf = ({ body, path }: Window) => `${[...owners.keys()].indexOf(body)} ${path}`;
  for (const window of windows) {
    const named = window.parts.filter((part) => isLayer(part) && !part.free).length;
    within.set(keyOf(window), (within.get(keyOf(window)) ?? 0) + named);
  }
  return windows.filter((window) => {
    const { path, body } = window;
    return path === undefined || owners.get(body)!.get(path) === within.get(keyOf(window));
  });
}

class Numbers<Key> {
  readonly #known = new Map<Key, number>();

  of(key: Key): number {
    const number = this.#known.get(key) ?? this.#known.size;
    this.#known.set(key, number);
    return number;
  }
}

/** What a link does, whatever the values of its arguments. */
function structureOf({ from, parts }: Link, known: Numbers<Block>): string {
  const places = new Map<Part, number>([[from, 0], ...parts.map((part, k) => [part, k + 1] as const)]);
  const texts = parts.map(({ form, word, operands, arguments: given, definition, steps, call, label }) => [
    form,
    word,
    operands.map((operand) => (isPart(operand) ? `#${places.get(operand)}` : operand)),
    given.map(({ name, usual }) => [name, usual]),
    definition,
    steps[0]!.weights.map(({ leaf, shape }) => [leaf, shape.length]),
    // What is repeated has a number in its name.
    call && [known.of(call.block), /\d$/.test(label)],
  ]);
  return JSON.stringify(texts);
}

/** `layer1` and `layer1.0` of `layer1.0.conv1`. */
const prefixes = (label: string): string[] => [...label.matchAll(/\./g)].map(({ index }) => label.slice(0, index));

function layersByPath({ parts }: Body): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { label, free } of parts)
    if (!free) for (const path of prefixes(label)) counts.set(path, (counts.get(path) ?? 0) + 1);
  return counts;
}

/** Paths that its layers have and others have only if they are applied as often; undefined stands for any. */
function pathsOf(parts: readonly Part[], layers: ReadonlyMap<string, number>): (string | undefined)[] {
  const named = parts.filter((part) => isLayer(part) && !part.free);
  const [first] = named;
  if (!first) return [undefined];
  return prefixes(first.label).filter((path) => {
    const within = named.filter(({ label }) => label.startsWith(`${path}.`)).length;
    return within === named.length && layers.get(path)! % within === 0;
  });
}
