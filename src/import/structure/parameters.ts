/**
 * @file What a block takes: the arguments that differ between its instances. Those that are a multiple of the channels that flow
 * in, or of a parameter before them, are written as such.
 */
import { findOperator } from '../../ops/registry.ts';
import { identifier, Names } from '../names.ts';
import { valueText } from '../texts.ts';
import type { ArgumentValue } from '../values.ts';
import type { Body, Description, Parameter, Part, PartTexts } from './parts.ts';

/** A place where a value is written, with its values in all instances. */
interface Slot {
  readonly part: Part;
  /** What the argument is called; `byName` where it is written with its name. */
  readonly name: string;
  readonly byName: boolean;
  readonly values: readonly ArgumentValue[];
  readonly usual?: ArgumentValue;
}

interface Found {
  readonly slot: Slot;
  name: string;
}

/** Factors beyond that are coincidences. */
const LARGEST_FACTOR = 32;

/** `inside`: of a block; a network has no parameters. */
export function describe(body: Body, inside: boolean): Description {
  const slots = body.parts.map((part) => ({ part, slots: slotsOf(part), count: countOf(part) }));
  const found: Found[] = [];
  const channels = inside ? body.inputs[0]!.steps.map(({ shape }) => (shape.length > 1 ? shape[0]! : Number.NaN)) : [];
  const varied = slots.flatMap(({ slots: own, count }) => (count ? [...own, count] : own));
  for (const slot of varied) if (!written(slot, channels, found)) found.push({ slot, name: slot.name });
  nameAll(found, body);
  const texts = new Map<Part, PartTexts>();
  for (const { part, slots: own, count } of slots)
    texts.set(part, {
      arguments: own.flatMap((slot) => argumentText(slot, written(slot, channels, found)!)),
      ...(count && { count: written(count, channels, found)! }),
    });
  const parameters = found.map(({ slot: { values, usual }, name }): Parameter => {
    const isUsual = usual !== undefined && values.some((value) => valueText(value) === valueText(usual));
    return { name, values, ...(isUsual && { usual: usual! }) };
  });
  // Parameters without a default come first.
  parameters.sort((a, b) => Number(a.usual !== undefined) - Number(b.usual !== undefined));
  return { parameters, texts };
}

function argumentText({ name, byName, usual }: Slot, text: string): string[] {
  if (usual !== undefined && text === valueText(usual)) return [];
  return [byName ? `${name}: ${text}` : text];
}

function slotsOf(part: Part): Slot[] {
  const { call } = part;
  if (!call) {
    const names = findOperator(part.word)?.attributes.map(({ name }) => name) ?? [];
    return part.arguments.map(({ name, usual, values }, k) => ({
      part,
      name: name ?? names[k] ?? 'size',
      byName: name !== undefined,
      values,
      ...(usual !== undefined && { usual }),
    }));
  }
  return call.block.description.parameters.map(({ name, values, usual }) => ({
    part,
    name,
    byName: usual !== undefined,
    values: call.rounds.map(([first]) => values[first!]!),
    ...(usual !== undefined && { usual }),
  }));
}

function countOf(part: Part): Slot | undefined {
  const counts = part.call?.rounds.map(({ length }) => length) ?? [];
  return counts.some((count) => count > 1) ? { part, name: 'layers', byName: false, values: counts } : undefined;
}

/** The text of a value: a literal, or in terms of the channels that flow in or of a parameter. */
function written({ values }: Slot, channels: readonly number[], found: readonly Found[]): string | undefined {
  const [first] = values;
  if (isSame(values, () => first!)) return valueText(first!);
  const ofInput = multiple(values, channels, 'in.channels');
  if (ofInput) return ofInput;
  const equal = found.find(({ slot }) => isSame(values, (_, k) => slot.values[k]!));
  if (equal) return equal.name;
  for (const { slot, name } of found) {
    const text = multiple(values, slot.values, name);
    if (text) return text;
  }
  return undefined;
}

const isSame = (values: readonly ArgumentValue[], other: (value: ArgumentValue, k: number) => ArgumentValue): boolean =>
  values.every((value, k) => valueText(value) === valueText(other(value, k)));

function multiple(values: readonly ArgumentValue[], base: readonly ArgumentValue[], name: string): string | undefined {
  const [first, one] = [values[0], base[0]];
  if (typeof first !== 'number' || typeof one !== 'number' || !(one > 0)) return undefined;
  if (!values.every((value, k) => Number(value) * one === first * Number(base[k]))) return undefined;
  const [factor, divisor] = [first / one, one / first];
  if (factor === 1) return name;
  if (Number.isInteger(factor) && factor <= LARGEST_FACTOR) return `${factor} * ${name}`;
  return Number.isInteger(divisor) && divisor <= LARGEST_FACTOR ? `${name} / ${divisor}` : undefined;
}

/** After the argument; where several are called alike, after their layers. */
function nameAll(found: readonly Found[], body: Body): void {
  const names = new Names(body.parts.map(({ word }) => word));
  for (const own of found) {
    const { slot } = own;
    const alone = found.every((other) => other === own || other.slot.name !== slot.name);
    own.name = names.fresh(alone ? slot.name : ofLayer(slot));
  }
}

function ofLayer({ part, name }: Slot): string {
  const path = part.label.split('.');
  const layer = identifier((path.length > 1 ? path.slice(0, -1) : path).join('_'), part.word || 'x');
  return name === 'channels' ? layer : `${name}_${layer}`;
}
