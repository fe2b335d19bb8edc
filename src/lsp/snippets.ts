/** @file The keywords of the language with the rest of their statement, for editors. */

export interface Snippet {
  readonly label: string;
  readonly kind: 'keyword';
  readonly snippet: string;
  readonly detail: string;
}

/** Places to go to are written `<like this>`, the last one `<>`; editors write `${1:like this}` and `$0`. */
export function snippetOf(text: string): string {
  let number = 0;
  return text.replace(/<([^<>]*)>/g, (_, name) => (name === '' ? '$0' : `\${${++number}:${name}}`));
}

function keyword(label: string, text: string, detail: string): Snippet {
  return { label, kind: 'keyword', snippet: snippetOf(text), detail };
}

const COMMON: readonly Snippet[] = [
  keyword('for', 'for <width> in [<16, 32>] {\n  <>\n}', 'once for each item of a list'),
  keyword('assert', 'assert <>', 'what must hold'),
  keyword('freeze', 'freeze <>', 'parameters that are not trained'),
];

/** By where they may stand. */
export const SNIPPETS = {
  item: [
    keyword('network', 'network <Name> {\n  input <image>: [<1, 28, 28>]\n  <>\n}', 'a network'),
    keyword('block', 'block <Name>(<width>) {\n  return in -> <>\n}', 'layers with a name, to be applied'),
    keyword('train', 'train <Name> {\n  <>\n}', 'how a network is trained'),
    keyword('import', 'import { <> } from "<std/residual>"', 'blocks of another file'),
    keyword('fn', 'fn <name>(<x>) = <>', 'a function of numbers'),
    keyword('op', 'op <name>(<x>[<c, h, w>]) -> <y>[<c, h, w>] = <>', 'an operator, as a formula'),
  ],
  network: [
    keyword('input', 'input <image>: [<3, 32, 32>]', 'what the network is given'),
    keyword('target', 'target <label>: class(<10>)', 'what it is to learn'),
    keyword('loss', 'loss <>', 'what training makes small'),
    keyword('metric', 'metric <>', 'what is told while training'),
    keyword('output', 'output <>', 'what the network predicts'),
    ...COMMON,
  ],
  block: [keyword('return', 'return in -> <>', 'what flows out'), ...COMMON],
  for: COMMON,
  stage: [keyword('repeat', 'repeat(<2>) <>', 'one behind the other')],
} as const satisfies Record<string, readonly Snippet[]>;
