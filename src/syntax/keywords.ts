/** @file The keywords of the language: what each begins, and how the rest of it is written. */

export interface Keyword {
  readonly name: string;
  /** Places to fill in are written `<like this>`, the last one `<>`. */
  readonly form: string;
  readonly summary: string;
  /** Of a form that says little. */
  readonly example?: string;
}

const keyword = (name: string, form: string, summary: string, example?: string): Keyword => ({
  name,
  form,
  summary,
  ...(example && { example }),
});

const COMMON: readonly Keyword[] = [
  keyword('for', 'for <width> in [<16, 32>] {\n  <>\n}', 'once for each item of a list'),
  keyword('assert', 'assert <>', 'what must hold, or the network is refused', 'assert parameters <= 100k'),
  keyword('allow', 'allow <CNN5001> "<reason>"', 'silences a rule in what follows', 'allow CNN5001 "a trial"'),
  keyword('freeze', 'freeze <>', 'parameters that are not trained', 'freeze conv1'),
];

/** By where they may stand. */
export const KEYWORDS = {
  item: [
    keyword('network', 'network <Name> {\n  input <image>: [<1, 28, 28>]\n  <>\n}', 'a network'),
    keyword('block', 'block <Name>(<width>) {\n  return in -> <>\n}', 'layers with a name, to be applied'),
    keyword(
      'train',
      'train <Name> {\n  <>\n}',
      'how a network is trained',
      'train Name {\n  optimizer sgd(lr: 0.1)\n  epochs 10\n}',
    ),
    keyword(
      'import',
      'import { <> } from "<std/residual>"',
      'blocks of another file',
      'import { Basic } from "std/residual"',
    ),
    keyword('fn', 'fn <name>(<x>) = <>', 'a function of numbers', 'fn leaky(x) = max(0.1 * x, x)'),
    keyword('op', 'op <name>(<x>[<c, h, w>]) -> <y>[<c, h, w>] = <>', 'an operator, as a formula'),
  ],
  network: [
    keyword('input', 'input <image>: [<3, 32, 32>]', 'what the network is given'),
    keyword('target', 'target <label>: class(<10>)', 'what it is to learn'),
    keyword('loss', 'loss <>', 'what training makes small', 'loss crossentropy(logits, label)'),
    keyword('metric', 'metric <>', 'what is told while training', 'metric accuracy(logits, label)'),
    keyword('output', 'output <>', 'what the network predicts', 'output probs = softmax(logits)'),
    ...COMMON,
  ],
  target: [keyword('class', 'target <label>: class(<10>)', 'one of so many classes, counted from 0')],
  block: [
    keyword('return', 'return in -> <>', 'what flows out', 'return in -> conv(16, 3x3, pad: same) -> relu'),
    ...COMMON,
  ],
  for: COMMON,
  stage: [keyword('repeat', 'repeat(<2>) <>', 'one behind the other', 'y = x -> repeat(3) Basic(16)')],
} as const satisfies Record<string, readonly Keyword[]>;

/** Each once. */
export const ALL_KEYWORDS: readonly Keyword[] = [...new Set(Object.values(KEYWORDS).flat())];
