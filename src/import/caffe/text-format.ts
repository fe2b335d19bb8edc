/** @file Protocol Buffers as text: `name: value` and `name { ... }`, nested. Source: the text format specification of protobuf.dev. */
import { malformedText } from '../malformed-text.ts';
import { refuse } from '../values.ts';

export type FieldValue = string | number | boolean | Message;

/** Fields by name, in order; each may occur several times. */
export class Message {
  readonly #fields = new Map<string, FieldValue[]>();

  /** Line of its beginning. */
  constructor(readonly line: number) {}

  add(name: string, value: FieldValue): void {
    const values = this.#fields.get(name);
    if (values) values.push(value);
    else this.#fields.set(name, [value]);
  }

  all(name: string): readonly FieldValue[] {
    return this.#fields.get(name) ?? [];
  }

  has(name: string): boolean {
    return this.#fields.has(name);
  }

  /** The last one counts, as Protocol Buffers have it. */
  message(name: string): Message {
    const value = this.all(name).at(-1);
    return value instanceof Message ? value : new Message(this.line);
  }

  messages(name: string): Message[] {
    return this.all(name).filter((value) => value instanceof Message);
  }

  texts(name: string): string[] {
    return this.all(name)
      .filter((value) => !(value instanceof Message))
      .map(String);
  }

  text(name: string, otherwise: string): string {
    return this.texts(name).at(-1) ?? otherwise;
  }

  numbers(name: string): number[] {
    return this.texts(name).map((text) =>
      Number.isFinite(Number(text)) && text !== '' ? Number(text) : refuse(`${name} is \`${text}\``),
    );
  }

  number(name: string, otherwise: number): number {
    return this.numbers(name).at(-1) ?? otherwise;
  }

  whole(name: string, otherwise: number, least = 0): number {
    const value = this.number(name, otherwise);
    return Number.isSafeInteger(value) && value >= least ? value : refuse(`${name} is ${value}`);
  }

  flag(name: string, otherwise: boolean): boolean {
    const text = this.text(name, `${otherwise}`).toLowerCase();
    return text === 'true' || text === '1' || text === 't';
  }
}

interface Token {
  readonly text: string;
  readonly kind: 'word' | 'text' | 'sign' | 'end';
  readonly line: number;
}

const TOKEN = /\s+|#[^\n]*|("(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')|([-+]?[\w.][\w.+-]*)|([{}[\]:,;<>/])/y;

/** Messages lie deeper in no network. */
const DEEPEST = 64;

/** Reports CNN4314. */
export function readTextFormat(source: string, path: string): Message {
  const tokens = tokensOf(source, path);
  let at = 0;
  const fail = (what: string): never => {
    throw malformedText(path, tokens[at]!.line, what, 'name a network of Caffe, such as deploy.prototxt');
  };
  const is = (...signs: readonly string[]) => tokens[at]!.kind === 'sign' && signs.includes(tokens[at]!.text);
  const take = (...signs: readonly string[]) => is(...signs) && at++ >= 0;
  const shown = () => (tokens[at]!.kind === 'end' ? 'the file ends' : `\`${tokens[at]!.text.slice(0, 40)}\``);

  function value(depth: number): FieldValue {
    if (is('{', '<')) return message(depth);
    if (is(']', '}', '>', ':') || tokens[at]!.kind === 'end') fail(`a value is missing before ${shown()}`);
    let { text, kind } = tokens[at++]!;
    if (kind === 'sign') fail(`\`${text}\` is no value`);
    // Neighbouring texts are one.
    while (kind === 'text' && tokens[at]!.kind === 'text') text += tokens[at++]!.text;
    return text;
  }

  function message(depth: number): Message {
    const close = tokens[at]!.text === '<' ? '>' : '}';
    const found = new Message(tokens[at++]!.line);
    fields(found, depth + 1, close);
    if (!take(close)) fail(`\`${close}\` is missing, of the message that begins in line ${found.line}`);
    return found;
  }

  function fields(into: Message, depth: number, close: string): void {
    if (depth > DEEPEST) fail('messages lie too deep in each other');
    while (tokens[at]!.kind !== 'end' && !is(close)) {
      const { text, kind } = tokens[at++]!;
      if (kind !== 'word') fail(`\`${text.slice(0, 40)}\` is no name of a field`);
      const colon = take(':');
      if (!colon && !is('{', '<')) fail(`\`:\` or \`{\` is missing behind \`${text.slice(0, 40)}\`, before ${shown()}`);
      if (take('[')) {
        while (!take(']')) {
          into.add(text, value(depth));
          take(',');
        }
      } else into.add(text, value(depth));
      take(',', ';');
    }
  }

  const root = new Message(1);
  fields(root, 0, '');
  if (tokens[at]!.kind !== 'end') fail(`${shown()} closes nothing`);
  return root;
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r' };

function tokensOf(source: string, path: string): Token[] {
  const tokens: Token[] = [];
  let line = 1;
  for (TOKEN.lastIndex = 0; TOKEN.lastIndex < source.length; ) {
    const [all, quoted, word, sign] = TOKEN.exec(source) ?? [];
    if (all === undefined)
      throw malformedText(
        path,
        line,
        'this is no text of Protocol Buffers',
        'name a network of Caffe, such as deploy.prototxt',
      );
    if (quoted !== undefined)
      tokens.push({
        kind: 'text',
        line,
        text: quoted.slice(1, -1).replace(/\\(.)/g, (_, letter: string) => ESCAPES[letter] ?? letter),
      });
    else if (word !== undefined) tokens.push({ kind: 'word', line, text: word });
    else if (sign !== undefined) tokens.push({ kind: 'sign', line, text: sign });
    line += all.split('\n').length - 1;
  }
  tokens.push({ kind: 'end', line, text: '' });
  return tokens;
}
