/** The part of the package that is used; it brings no types. */
declare module 'railroad-diagrams' {
  export interface Element {
    toString(): string;
  }
  type Made<Arguments extends unknown[]> = new (...given: Arguments) => Element;
  export const Diagram: Made<[readonly Element[]]>;
  export const Sequence: Made<[readonly Element[]]>;
  export const Choice: Made<[normal: number, items: readonly Element[]]>;
  export const OneOrMore: Made<[item: Element, separator?: Element]>;
  export const Terminal: Made<[text: string]>;
  export const NonTerminal: Made<[text: string]>;
  export const Skip: Made<[]>;
  export function Optional(item: Element): Element;
  export function ZeroOrMore(item: Element): Element;
}
