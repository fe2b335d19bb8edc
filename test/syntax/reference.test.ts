import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { format } from '../../src/syntax/format.ts';
import { parse } from '../../src/syntax/parse.ts';
import { itemKeywords, reservedWords, statementKeywords } from '../../src/syntax/tokens.ts';

const page = readFileSync(new URL('../../grammar/README.md', import.meta.url), 'utf8');
const examples = [...page.matchAll(/```cnn\n([\s\S]*?)```/g)].map((match) => match[1]!);

describe('the language reference', () => {
  test.each(examples)('example %#', (text) => {
    const { program, diagnostics } = parse(text, 'example.cnn');
    expect(diagnostics).toEqual([]);
    expect(format(program, text)).toBe(text);
  });

  test('shows every kind of item and statement', () => {
    const code = examples.join('\n');
    for (const word of [...Object.keys(itemKeywords), ...Object.keys(statementKeywords), 'repeat']) {
      expect(code).toMatch(new RegExp(`\\b${word}\\b`));
    }
    for (const { PATTERN } of reservedWords) expect(page).toContain(`\`${PATTERN}\``);
  });
});
