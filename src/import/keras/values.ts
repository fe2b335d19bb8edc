/** @file Settings of Keras layers, as JSON has them. */
import { refuse, type Step } from '../values.ts';

export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };
export type JsonObject = { readonly [name: string]: Json };

export const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const listOf = (value: Json | undefined): readonly Json[] => (Array.isArray(value) ? value : []);

/** What a layer was made with. */
export class Settings {
  constructor(readonly values: JsonObject) {}

  has(name: string): boolean {
    return this.values[name] !== undefined && this.values[name] !== null;
  }

  text(name: string, otherwise: string): string {
    const value = this.values[name];
    return typeof value === 'string' ? value : otherwise;
  }

  number(name: string, otherwise: number): number {
    const value = this.values[name];
    if (value === undefined || value === null) return otherwise;
    return typeof value === 'number' && Number.isFinite(value)
      ? value
      : refuse(`${name} is ${JSON.stringify(value).slice(0, 40)}`);
  }

  whole(name: string, otherwise: number, least = 1): number {
    const value = this.number(name, otherwise);
    return Number.isSafeInteger(value) && value >= least ? value : refuse(`${name} is ${value}`);
  }

  flag(name: string, otherwise: boolean): boolean {
    const value = this.values[name];
    return typeof value === 'boolean' ? value : otherwise;
  }

  /** One number for all axes, or one each. */
  sizes(name: string, axes: number, otherwise: readonly number[] | undefined, least = 1): number[] {
    const value = this.values[name];
    const found =
      typeof value === 'number' ? Array.from({ length: axes }, () => value) : Array.isArray(value) ? value : otherwise;
    const right =
      found?.length === axes && found.every((size) => Number.isSafeInteger(size) && (size as number) >= least);
    return right ? ([...found] as number[]) : refuse(`${name} is ${JSON.stringify(value ?? null).slice(0, 40)}`);
  }

  /** `1`, `[1, 2]` or `[[1, 1], [2, 2]]`: before along each axis, then behind. */
  sides(name: string, axes: number): number[] {
    const value = this.values[name];
    const both = (size: Json | undefined) => (Array.isArray(size) ? size : [size, size]) as number[];
    const pairs =
      axes === 1
        ? [both(value)]
        : Array.isArray(value)
          ? value.map(both)
          : Array.from({ length: axes }, () => both(value));
    const sides = [...pairs.map(([before]) => before!), ...pairs.map(([, after]) => after!)];
    return pairs.length === axes && sides.every((side) => Number.isSafeInteger(side) && side >= 0)
      ? sides
      : refuse(`${name} is ${JSON.stringify(value ?? null).slice(0, 40)}`);
  }
}

/** A layer where it is applied. */
export interface KerasPlace {
  readonly inputs: readonly Step[];
  readonly settings: Settings;
  /** As the language can write it. */
  readonly label: string;
  /** The values of a variable, its axes in our order: `axes` says which of Keras each is. Empty where they are not known. */
  readonly variable: (names: readonly string[], shape: readonly number[], axes?: readonly number[]) => Float32Array;
  /** Whether values are known. */
  readonly known: boolean;
  readonly isVersion3: boolean;
}
