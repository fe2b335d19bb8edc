/** The part of the package that is used; it brings no types. */
declare module 'railroad-diagrams' {
  export interface Element {
    toString(): string;
  }
  type Made<Arguments extends unknown[]> = new (...given: Arguments) => Element;
  const railroad: Package;
  export default railroad;
  interface Package {
    readonly Diagram: Made<[readonly Element[]]>;
    readonly Sequence: Made<[readonly Element[]]>;
    readonly Choice: Made<[normal: number, items: readonly Element[]]>;
    readonly OneOrMore: Made<[item: Element, separator?: Element]>;
    readonly Terminal: Made<[text: string]>;
    readonly NonTerminal: Made<[text: string]>;
    readonly Skip: Made<[]>;
    Optional(item: Element): Element;
    ZeroOrMore(item: Element): Element;
  }
}
