import { createColors } from 'picocolors';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { commandDiagnostic } from '../../src/cli/codes.ts';
import { reportFailure } from '../../src/cli/report.ts';
import { processTerminal } from '../../src/cli/terminal.ts';
import { printable, printableLine, printableStyled, shortened } from '../../src/common/printable.ts';
import { diagnostic } from '../../src/diagnostics/catalogue.ts';
import { render } from '../../src/diagnostics/render.ts';
import { recorder } from '../cli/recorder.ts';

/** Moves the cursor, renames the window, turns the writing, ends lines. */
const hostile = ['\x1b[2J', '\x1b]0;owned\x07', '\b\b', '\r', '\x9b31m', '\u202e', '\u2066', '\u200f', '\u2028', '\0'];
/** None of it as it is. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: what may not be printed
const dangerous = /\r(?!\n)|[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]/;

afterEach(() => vi.restoreAllMocks());

describe('text from outside', () => {
  test.each(hostile)('%j is escaped, and JSON keeps its value', (text) => {
    expect(printable(`a${text}b`)).not.toMatch(dangerous);
    expect(printableStyled(`a\u202e${text}b`)).not.toMatch(/\u202e/);
    expect(JSON.parse(printable(JSON.stringify({ name: text })))).toEqual({ name: text });
  });

  test('lines, tabs and letters stay', () => {
    expect(printable('é\t→ 3×3\n漢字 🙂')).toBe('é\t→ 3×3\n漢字 🙂');
    expect(printableLine('a\n\tb')).toBe('a\\n\\tb');
    expect(printable('a,b\r\nc\r')).toBe('a,b\r\nc\\u000d');
    expect(printableLine('a\r\nb')).toBe('a\\r\\nb');
    expect(printableStyled('\r\x1b[K\x1b[31mred\x1b[0m')).toBe('\r\x1b[K\x1b[31mred\x1b[0m');
    expect(printableStyled('\r\x1b[2A\x1b[J')).toBe('\r\x1b[2A\x1b[J');
    expect(printableStyled('\x1b[2J\x1b[2A')).toBe('\\u001b[2J\\u001b[2A');
  });

  test.each(hostile)('%j in a message, a path, a line, a note and a help does not reach the terminal', (text) => {
    const file = `${text}.cnn`;
    const span = { file, start: 0, end: 1 };
    const found = diagnostic('CNN1001', `look \`${text}\``, {
      span,
      notes: [{ message: text, span }],
      fix: { message: text },
    });
    const source = `x${text.replace(/[\r\n]/g, '')}y`;
    const lines = render(found, new Map([[file, source]]), { colors: createColors(false) });
    expect(lines).not.toMatch(dangerous);
    const unread = commandDiagnostic('CNN4201', text, text, file);
    expect(render(unread, new Map(), { colors: createColors(false) })).not.toMatch(dangerous);
  });

  test('nor by any other way', () => {
    const { stdout, stderr } = process;
    const written: string[] = [];
    for (const stream of [stdout, stderr])
      vi.spyOn(stream, 'write').mockImplementation((text) => written.push(String(text)) > 0);
    const { out, err } = processTerminal();
    for (const text of hostile) {
      out(`${text}\n`);
      err(text === '\r' || text === '\x1b[2J' ? '' : `${text}\n`);
    }
    vi.restoreAllMocks();
    expect(written).toHaveLength(2 * hostile.length);
    expect(written.filter((text) => dangerous.test(text))).toEqual([]);
  });
});

describe('long text', () => {
  test('is shortened to its start and its end', () => {
    expect(shortened('short')).toBe('short');
    expect(shortened(`start${'x'.repeat(1e6)}end`)).toMatch(/^startx{50,200}…x{20,100}end$/);
  });

  test('is shortened where a message quotes it', () => {
    const long = 'n'.repeat(1e6);
    const { message, fix, notes } = diagnostic('CNN2001', `\`${long}\` is not known, \`b\` is`, {
      notes: [{ message: `see \`${long}\`` }],
      fix: { message: `write \`${long}\``, edits: [{ span: { file: 'a.cnn', start: 0, end: 1 }, replacement: long }] },
    });
    expect(message.length).toBeLessThan(220);
    expect(message).toMatch(/^`n+…n+` is not known, `b` is$/);
    expect(notes[0]!.message.length).toBeLessThan(220);
    expect(fix!.message.length).toBeLessThan(220);
    expect(fix!.edits![0]!.replacement).toBe(long);
    expect(commandDiagnostic('CNN4201', `\`${long}\` is absent`, `\`${long}\``).message.length).toBeLessThan(220);
  });
});

test('a report of our own mistake holds no text of modules', () => {
  const { terminal, written } = recorder();
  const url = `data:text/javascript;base64,${'QUJD'.repeat(30000)}`;
  const error = new SyntaxError(`${url}: Unexpected token`);
  error.stack = `SyntaxError: Unexpected token\n    at ${url}:12:34\n    at run (${url}:5:6)\n    at main (main.js:1:2)`;
  expect(reportFailure(error, ['gradcheck', 'a.cnn'], terminal)).toBe(1);
  expect(written.err.length).toBeLessThan(1000);
  expect(written.err).toContain('at the emitted module:12:34');
  expect(written.err).toContain('at run (the emitted module:5:6)');
  expect(written.err).toContain('at main (main.js:1:2)');
});

test('a report of our own mistake shows where it was made, and no more', () => {
  const { terminal, written } = recorder();
  const error = new Error('no such kernel');
  const calls = Array.from({ length: 20 }, (_, k) => `    at call${k} (main.js:${k}:1)`);
  error.stack = ['Error: no such kernel', ...calls].join('\n');
  reportFailure(error, ['check', 'a.cnn'], terminal);
  const lines = written.err
    .trimEnd()
    .split('\n')
    .map((line) => line.trim());
  expect(lines.filter((line) => line.includes('no such kernel'))).toEqual(['internal error somewhere: no such kernel']);
  expect(lines.slice(-5)).toEqual(calls.slice(0, 5).map((line) => line.trim()));
  expect(lines.at(-6)).toMatch(/^system:/);
});
