/**
 * @file The names of layers. A layer is called after its place: the path of the block instances around it, then its
 * in-place name; or the name of the binding, for the binding's only layer or its only layer with parameters; or
 * binding.operator, numbered from the second of the same operator on. So the name of a layer depends on what follows
 * it, and a network is walked once to find the layers of each binding before it is walked again to build it.
 */

import { diagnostic } from '../../diagnostics/catalogue.ts';
import type { Diagnostic, Span } from '../../diagnostics/diagnostic.ts';
import { help } from '../problems.ts';

/** A name is its path, joined by dots; names in quotation marks are written so. */
export function pathOf(name: string): readonly string[] {
  return name.split('.');
}

/** The layers that one binding (or `return`, `loss` …) applies directly. */
export interface Group {
  /** Path of the block instances around it: `stage1.0.`, or nothing. */
  readonly prefix: string;
  /** Of the binding; absent for statements that bind no name. */
  readonly name?: string;
  /** `loss`, or the name of a metric: what is computed for it is no layer, unless it has parameters. */
  readonly role?: string;
  readonly layers: Identity[];
  /** How often each path of a block instance was taken in this group. */
  readonly instances: Map<string, number>;
  /** Whether it applies blocks: then no single layer can bear the name of the binding. */
  hasBlocks: boolean;
  /** Where the block around it is applied. */
  readonly outer?: Group;
}

/** One layer: all applications of it share its weights. */
export interface Identity {
  /** In order of creation. */
  readonly number: number;
  readonly operator: string;
  /** Where it is applied first. */
  readonly span: Span;
  readonly group: Group;
  /** The whole name, for a layer with an in-place name or a declared one. */
  readonly fixed?: string;
  hasStates: boolean;
  uses: number;
}

/** One name of a `freeze`, with the path of the block around it. */
export interface Frozen {
  readonly path: string;
  readonly span: Span;
}

export function newGroup(prefix: string, name?: string, role?: string, outer?: Group): Group {
  const given = { ...(name !== undefined && { name }), ...(role !== undefined && { role }), ...(outer && { outer }) };
  return { prefix, ...given, layers: [], instances: new Map(), hasBlocks: false };
}

/** Path of a block instance that stands in a group without an in-place name; `repeated` ones are numbered from 0. */
export function instancePath(group: Group, block: string, repeated: boolean): string {
  const base = group.prefix + (group.name ?? block);
  const key = repeated ? `${base}.` : base;
  const taken = group.instances.get(key) ?? 0;
  group.instances.set(key, taken + 1);
  if (repeated) return `${base}.${taken}`;
  if (taken === 0) return base;
  return `${group.name === undefined ? base : `${base}.${block}`}${taken + 1}`;
}

/** The name of each layer, all different. */
export function planNames(identities: readonly Identity[]): string[] {
  const wanted = new Map<Identity, string>();
  const groups = new Set(identities.map((identity) => identity.group));
  for (const group of groups) nameGroup(group, wanted);
  const taken = new Set<string>();
  const free = (base: string) => {
    let name = base;
    for (let number = 2; taken.has(name); number++) name = `${base}${number}`;
    return name;
  };
  const names = new Map<Identity, string>();
  for (const identity of identities.filter(isLayer)) {
    const name = free(wanted.get(identity)!);
    names.set(identity, name);
    taken.add(name);
  }
  // A layer called `loss` keeps its name: what the loss computes gives way.
  return identities.map((identity) => names.get(identity) ?? free(wanted.get(identity)!));
}

/** Checkpoints keep the optimiser's state under `optimizer.`, beside the parameters. Reports CNN2044. */
export function checkNames(identities: readonly Identity[], names: readonly string[]): Diagnostic[] {
  return identities
    .filter(({ number, hasStates }) => hasStates && /^optimizer(\.|$)/.test(names[number]!))
    .map(({ number, span }) =>
      diagnostic('CNN2044', `a layer with parameters cannot be called \`${names[number]}\``, {
        span,
        notes: [{ message: 'in checkpoints, `optimizer.` begins the names of what the optimiser keeps' }],
        ...help('choose another name for it, or for the value or block around it'),
      }),
    );
}

export function isLayer({ group, hasStates }: Identity): boolean {
  return group.role === undefined || hasStates;
}

function nameGroup(group: Group, names: Map<Identity, string>): void {
  const { prefix, name } = group;
  for (const work of group.layers) names.set(work, group.role ?? '');
  const layers = group.layers.filter(isLayer);
  const parametric = layers.filter((layer) => layer.hasStates);
  const candidates = layers.length === 1 ? layers : parametric;
  const principal = candidates.length === 1 && !group.hasBlocks ? candidates[0] : undefined;
  const counts = new Map<string, number>();
  for (const layer of layers) {
    if (layer.fixed !== undefined) names.set(layer, layer.fixed);
    else if (layer === principal && name !== undefined) names.set(layer, prefix + name);
    else {
      const number = (counts.get(layer.operator) ?? 0) + 1;
      counts.set(layer.operator, number);
      const path = name === undefined ? prefix : `${prefix}${name}.`;
      names.set(layer, `${path}${layer.operator}${number > 1 ? number : ''}`);
    }
  }
}
