/** @file Values as text of a module: JSON, which means the same in JavaScript, in strict HTML and on any line. */

const escapes: Readonly<Record<string, string>> = { '<': '\\u003c', '\u2028': '\\u2028', '\u2029': '\\u2029' };

/** A `<` could end the `<script>` that a page puts the module in; the others end lines for some readers. */
export function literal(value: unknown): string {
  return JSON.stringify(value).replace(/[<\u2028\u2029]/g, (character) => escapes[character]!);
}
