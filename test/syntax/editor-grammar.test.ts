/**
 * @file The TextMate grammar for editors, run as editors run it, against the lexer and the layout of the compiler: on every
 * program that there is, each word must be coloured as what the compiler takes it for.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { IToken, TokenType } from 'chevrotain';
import { describe, expect, test } from 'vitest';
import onigurumaPackage from 'vscode-oniguruma';
import textmatePackage from 'vscode-textmate';
import { layOut } from '../../src/syntax/layout.ts';
import { lex } from '../../src/syntax/lex.ts';
import * as T from '../../src/syntax/tokens.ts';

const { createOnigScanner, createOnigString, loadWASM } = onigurumaPackage;
const { INITIAL, parseRawGrammar, Registry } = textmatePackage;
const root = fileURLToPath(new URL('../../', import.meta.url));
const path = `${root}grammar/cnn.tmLanguage.json`;

async function loadGrammar() {
  const wasm = createRequire(import.meta.url).resolve('vscode-oniguruma/release/onig.wasm');
  await loadWASM(readFileSync(wasm));
  const registry = new Registry({
    onigLib: Promise.resolve({
      createOnigScanner: (patterns: string[]) => createOnigScanner(patterns),
      createOnigString: (text: string) => createOnigString(text),
    }),
    loadGrammar: async () => parseRawGrammar(readFileSync(path, 'utf8'), path),
  });
  return (await registry.loadGrammar('source.cnn'))!;
}

const grammar = await loadGrammar();

/** The innermost scope of every character. */
function scopesOf(text: string): string[] {
  const scopes: string[] = [];
  let state = INITIAL;
  for (const line of text.split('\n')) {
    const { tokens, ruleStack } = grammar.tokenizeLine(line, state);
    for (const { startIndex, endIndex, scopes: stack } of tokens)
      for (let k = startIndex; k < Math.min(endIndex, line.length); k++) scopes.push(stack.at(-1)!);
    scopes.push('newline');
    state = ruleStack;
  }
  return scopes;
}

const CONTROL: readonly TokenType[] = [
  T.If,
  T.Else,
  T.ElseIf,
  T.ForIn,
  T.From,
  T.Repeat,
  T.itemKeywords.import,
  T.statementKeywords.return,
  T.statementKeywords.for,
];
const NAMES: readonly TokenType[] = [T.Identifier, T.BindingName, T.ConstantName, T.Reduction];

/** What the scope of a word begins with. */
function expectedScope({ tokenType }: IToken): RegExp {
  if (CONTROL.includes(tokenType)) return /^keyword\.control/;
  if (Object.values(T.itemKeywords).includes(tokenType as never)) return /^storage\.type/;
  if (Object.values(T.statementKeywords).includes(tokenType as never)) return /^keyword\.other\.statement/;
  if ([T.And, T.Or, T.Not].includes(tokenType)) return /^keyword\.operator\.logical/;
  if ([T.True, T.False].includes(tokenType)) return /^constant\.language/;
  if ([T.Pair, T.NumberToken].includes(tokenType)) return /^constant\.numeric/;
  if ([T.StringToken, T.TextLabel].includes(tokenType)) return /^string\.quoted|^constant\.character/;
  if (tokenType === T.In) return /^variable\.language/;
  if (tokenType === T.Arrow) return /^keyword\.operator\.arrow/;
  if (tokenType === T.Unit) return /^keyword\.other\.unit/;
  if (tokenType === T.SettingName) return /^keyword\.other\.setting/;
  if (tokenType === T.Allow) return /^keyword\.other\.statement/;
  if (tokenType === T.Label) return /^variable\.parameter|^entity\.name\.label/;
  if (NAMES.includes(tokenType)) return /^(?:variable\.other|entity\.name\.(?:function|type))/;
  return /^(?:punctuation|keyword\.operator)/;
}

/** Words that are coloured as something else than what they are. */
function miscoloured(text: string): string[] {
  const scopes = scopesOf(text);
  const lexed = lex(text, 'a.cnn');
  const { tokens, diagnostics } = layOut(lexed.tokens, text, 'a.cnn', false);
  expect([...lexed.diagnostics, ...diagnostics]).toEqual([]);
  const wrong = tokens!.flatMap((token) => {
    const own = scopes.slice(token.startOffset, token.startOffset + token.image.length);
    const bad = own.find((scope) => !expectedScope(token).test(scope));
    const line = text.slice(0, token.startOffset).split('\n').length;
    return bad ? `line ${line}: \`${token.image}\` (${token.tokenType.name}) is ${bad}` : [];
  });
  for (const { span } of lexed.comments)
    if (!scopes.slice(span.start, span.end).every((scope) => /^comment|^newline/.test(scope)))
      wrong.push(`the comment at ${span.start}`);
  return wrong;
}

/** Programs of a folder, seen from the root. */
const programsIn = (folder: string) =>
  readdirSync(root + folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.cnn') && !name.endsWith('input.cnn'))
    .map((name) => `${folder}/${name}`)
    .sort();

const files = ['examples', 'src/library', 'test/syntax/formatted'].flatMap(programsIn);

describe('the editor grammar sees what the compiler sees', () => {
  test.each(files)('in %s', (file) => {
    expect(miscoloured(readFileSync(root + file, 'utf8'))).toEqual([]);
  });

  const reference = readFileSync(`${root}grammar/README.md`, 'utf8');
  const blocks = [...reference.matchAll(/^```cnn\n([\s\S]*?)^```$/gm)].map((match) => match[1]!);
  test.each(blocks.map((block, k) => [k, block] as const))('in example %i of the reference', (_, block) => {
    expect(miscoloured(block)).toEqual([]);
  });

  test('in words that are keywords elsewhere', () => {
    const text = `network N(data = 3, loss = 2) {
  input  input: [data, 8, 8]
  target target: class(2)
  batch = input -> repeat: conv(4, 3x3) -> relu
  steps = 4
  return = batch -> block: repeat(2) conv(steps, 1x1, pad: same)
  output = return
  train = mean(output) * loss
  loss crossentropy(output -> dense(2), target) + train
  output probs = softmax(output)
}
train N {
  batch 32
  schedule step(every: 10 epochs, factor: 10%)
  stop early(patience: 5 steps) // "no text"
}
`;
    expect(miscoloured(text)).toEqual([]);
  });
});

describe('the test of the editor grammar', () => {
  test('sees many programs', () => {
    expect(files.length).toBeGreaterThan(10);
    expect(grammar).toBeDefined();
  });

  test('notices a wrong colour', () => {
    // Two statements on a line are legal; the grammar for editors looks at the beginnings of lines.
    expect(miscoloured('network N { input a: [1, 2, 2] output a }')).not.toEqual([]);
  });
});
