import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { format } from '../../src/syntax/format.ts';
import { parse } from '../../src/syntax/parse.ts';
import { definitions, resnet20 } from './design-programs.ts';

/** Each directory of `formatted` holds a program and how it is formatted; `UPDATE=1` writes the latter. */
const samples = new URL('./formatted/', import.meta.url);

function formatted(text: string): string {
  const { program, diagnostics } = parse(text, 'a.cnn');
  expect(diagnostics).toEqual([]);
  return format(program, text);
}

describe('formatting', () => {
  for (const name of readdirSync(samples)) {
    test(name, () => {
      const output = new URL(`${name}/output.cnn`, samples);
      const result = formatted(readFileSync(new URL(`${name}/input.cnn`, samples), 'utf8'));
      if (process.env.UPDATE) writeFileSync(output, result);
      expect(result).toBe(readFileSync(output, 'utf8'));
      expect(formatted(result)).toBe(result);
      for (const line of result.split('\n')) expect(line.length).toBeLessThanOrEqual(100);
    });
  }

  test('the programs of the design change only in their columns', () => {
    const columns = (text: string) => text.replace(/ +/g, ' ').replace(/(\w)\^(\d)/g, '$1 ^ $2');
    expect(columns(formatted(resnet20))).toBe(columns(resnet20));
    const [first] = formatted(definitions).split('\n\n');
    expect(columns(first!)).toBe(columns(definitions.split('\n\n')[0]!));
  });

  test('nothing, and nothing but comments', () => {
    expect(formatted('')).toBe('');
    expect(formatted(' \n\n ')).toBe('');
    expect(formatted('\n\n// a\n\n\n/* b */')).toBe('// a\n\n/* b */\n');
    expect(formatted('a = 1\r\n\r\n\r\nb = 2 // c\r\n')).toBe('a = 1\n\nb = 2 // c\n');
  });
});
