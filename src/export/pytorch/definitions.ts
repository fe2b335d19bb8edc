/** @file Python of which a file has what it uses: top-level definitions, and those that they call in turn. */

/** Definitions are parted by two blank lines. */
export function definitionsOf(text: string): ReadonlyMap<string, string> {
  const texts = text.trim().split(/\n\n\n/);
  return new Map(texts.map((one) => [/^(?:def|class) (\w+)/.exec(one)![1]!, one.trim()]));
}

export class Definitions {
  readonly #all: ReadonlyMap<string, string>;
  readonly #needed = new Set<string>();

  constructor(text: string) {
    this.#all = definitionsOf(text);
  }

  /** What a text calls. */
  need(text: string): void {
    for (const [name, body] of this.#all) {
      if (this.#needed.has(name) || !new RegExp(`\\b${name}\\(`).test(text)) continue;
      this.#needed.add(name);
      this.need(body);
    }
  }

  /** In the order of the file. */
  texts(): string[] {
    return [...this.#all].filter(([name]) => this.#needed.has(name)).map(([, text]) => text);
  }
}
