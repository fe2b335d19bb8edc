import { readFileSync, writeFileSync } from 'node:fs';
import { Lexer } from 'chevrotain';
import { expect, test } from 'vitest';
import { grammarAsEbnf } from '../../src/syntax/ebnf.ts';
import { CnnParser } from '../../src/syntax/grammar.ts';
import { lexedTokens } from '../../src/syntax/tokens.ts';

const file = new URL('../../grammar/cnn.ebnf', import.meta.url);

test('grammar/cnn.ebnf is what the parser parses; UPDATE=1 writes it', () => {
  const ebnf = grammarAsEbnf();
  if (process.env.UPDATE) writeFileSync(file, ebnf);
  expect(readFileSync(file, 'utf8')).toBe(ebnf);
  const defined = new Set([...ebnf.matchAll(/^(\w+) ::=/gm)].map((match) => match[1]));
  const used = [...ebnf.matchAll(/(?<=::=.*)\b[a-z]\w*\b(?!')/g)].map((match) => match[0]);
  expect(used.filter((name) => !defined.has(name))).toEqual([]);
});

test('the grammar and the tokens pass the validations that are left out at run time', () => {
  expect(() => new CnnParser({ skipValidations: false })).not.toThrow();
  const lexer = new Lexer(lexedTokens, { positionTracking: 'onlyOffset', deferDefinitionErrorsHandling: true });
  expect(lexer.lexerDefinitionErrors).toEqual([]);
});
