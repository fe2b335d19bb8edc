import { stripVTControlCharacters } from 'node:util';
import { createColors } from 'picocolors';
import { describe, expect, test } from 'vitest';
import { diagnostic } from '../../src/diagnostics/catalogue.ts';
import { displayWidth } from '../../src/diagnostics/display.ts';
import { render, renderAll } from '../../src/diagnostics/render.ts';
import { Source } from '../../src/diagnostics/source.ts';
import { toJson } from '../../src/diagnostics/to-json.ts';

const colors = createColors(false);
const file = 'net.cnn';

/** A diagnostic about the first occurrence of `part` in `text`, as lines. */
function shown(text: string, part: string, width = 80): string[] {
  const start = text.indexOf(part);
  const found = diagnostic('CNN1001', 'look here', { span: { file, start, end: start + part.length } });
  return render(found, new Map([[file, text]]), { colors, width }).split('\n');
}

/** What stands above the carets, by columns of the terminal. */
function marked(lines: readonly string[]): string {
  const source = lines.at(-2)!;
  const carets = lines.at(-1)!;
  const columns: string[] = [];
  for (const letter of source) {
    const width = displayWidth(letter);
    if (width === 0) columns[columns.length - 1] += letter;
    else columns.push(letter, ...Array(width - 1).fill(''));
  }
  return columns.slice(carets.indexOf('^'), carets.lastIndexOf('^') + 1).join('');
}

describe('rendering', () => {
  test('message, place, line, notes and help', () => {
    const text = 'a = 1\nb = [3, 32)\n';
    const found = diagnostic('CNN1010', '`[` is closed by `)`', {
      span: { file, start: 16, end: 17 },
      notes: [
        { message: 'the `[` is here', span: { file, start: 10, end: 11 } },
        { message: 'brackets come in pairs' },
      ],
      fix: { message: 'write `]`' },
    });
    expect(render(found, new Map([[file, text]]), { colors })).toBe(
      `error[CNN1010]: \`[\` is closed by \`)\`
   --> net.cnn:2:11
    |
  2 | b = [3, 32)
    |           ^
    |     ^ the \`[\` is here
    = note: brackets come in pairs
    = help: write \`]\``,
    );
  });

  test('a note about the quoted line stands under it where there is room, and else has a quotation of its own', () => {
    const text = 'a = 1\nb = [3, 32)\n';
    const note = (message: string, start: number) => ({ message, span: { file, start, end: start + 1 } });
    const quotations = (message: string, start: number, width = 80) => {
      const found = diagnostic('CNN1010', 'x', { span: { file, start: 16, end: 17 }, notes: [note(message, start)] });
      return render(found, new Map([[file, text]]), { colors, width }).split('-->').length - 1;
    };
    expect(quotations('here', 10)).toBe(1);
    expect(quotations('here', 0)).toBe(2);
    expect(quotations('here '.repeat(20), 10)).toBe(2);
    expect(quotations('here, and there too', 10, 30)).toBe(2);
  });

  test('the mark stands below what it is about', () => {
    expect(marked(shown('a = conv(3X3)', '3X3'))).toBe('3X3');
    expect(marked(shown('\ta\t= "漢字 é 👍" 3X3', '3X3'))).toBe('3X3');
    expect(marked(shown('x = "漢字"', '字'))).toBe('字');
    expect(marked(shown('first\r\nx = 3X3\r\nlast', '3X3'))).toBe('3X3');
    expect(marked(shown('x = e\u0301e\u0301 3X3', '3X3'))).toBe('3X3');
  });

  test('long lines are cut around the mark, to the width', () => {
    for (const before of [0, 30, 60, 200, 5000]) {
      for (const after of [0, 10, 5000]) {
        const text = `${'漢a'.repeat(before)}3X3${'b'.repeat(after)}`;
        for (const width of [40, 80, 120]) {
          const lines = shown(text, '3X3', width);
          expect(marked(lines)).toBe('3X3');
          for (const line of lines) expect(displayWidth(line)).toBeLessThanOrEqual(width);
        }
      }
    }
  });

  test('a span of several lines is marked to the end of the first', () => {
    const lines = shown('x = f(\n  1,\n  2)', 'f(\n  1,\n  2)');
    expect(lines.at(-2)).toBe('  1 | x = f(');
    expect(lines.at(-1)).toBe('    |     ^^');
  });

  test('the end of the file, empty files and unknown files', () => {
    const at = (text: string, start: number) =>
      render(diagnostic('CNN1001', 'm', { span: { file, start, end: start } }), new Map([[file, text]]), { colors });
    expect(at('', 0)).toContain('net.cnn:1:1');
    expect(at('x =\n', 4)).toContain('net.cnn:2:1');
    expect(at('x', 99)).toContain('net.cnn:1:2');
    expect(render(diagnostic('CNN1001', 'm', { span: { file, start: 3, end: 4 } }), new Map(), { colors })).toContain(
      '--> net.cnn',
    );
    expect(render(diagnostic('CNN1001', 'm'), new Map(), { colors })).toBe('error[CNN1001]: m');
  });

  test('control characters of the source do not reach the terminal', () => {
    expect(shown('x = "\u001b[31m" 3X3', '3X3').join('\n')).not.toContain('\u001b');
  });

  test('messages are wrapped between words', () => {
    const long = diagnostic('CNN1001', 'word '.repeat(40).trim(), { fix: { message: 'help '.repeat(40).trim() } });
    const lines = render(long, new Map(), { colors, width: 60 }).split('\n');
    expect(lines.length).toBeGreaterThan(6);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(60);
  });

  test('colours by severity, and no columns lost to them', () => {
    const painted = render(diagnostic('CNN1001', 'm'), new Map(), { colors: createColors(true) });
    expect(painted).toContain('\u001b[31m');
    expect(stripVTControlCharacters(painted)).toBe('error[CNN1001]: m');
  });

  test('the last line counts', () => {
    const one = diagnostic('CNN1001', 'm');
    const warning = { ...one, severity: 'warning' as const };
    const advice = { ...one, severity: 'advice' as const };
    const last = (...all: (typeof one)[]) => renderAll(all, new Map(), { colors }).trimEnd().split('\n').at(-1);
    expect(last(one)).toBe('1 error');
    expect(last(one, one, warning, advice)).toBe('2 errors, 1 warning, 1 piece of advice');
    expect(last(advice, advice)).toBe('2 pieces of advice');
    expect(renderAll([], new Map(), { colors })).toBe('');
  });
});

describe('as JSON', () => {
  test('places count from 1, and absent parts are null', () => {
    const text = 'a = 1\nb = [3,\n 32)\n';
    const span = { file, start: text.indexOf('['), end: text.indexOf(')') + 1 };
    const found = diagnostic('CNN1010', 'm', {
      span,
      notes: [{ message: 'n' }],
      fix: { message: 'f', edits: [{ span: { ...span, start: span.end - 1 }, replacement: ']' }] },
    });
    const edit = { replacement: ']', file, line: 3, column: 4, endLine: 3, endColumn: 5 };
    const nowhere = { file: null, line: null, column: null, endLine: null, endColumn: null };
    expect(toJson([found, diagnostic('CNN1001', 'k')], new Map([[file, text]]))).toEqual([
      {
        code: 'CNN1010',
        severity: 'error',
        message: 'm',
        help: 'f',
        page: 'docs/codes/CNN1010.md',
        file,
        line: 2,
        column: 5,
        endLine: 3,
        endColumn: 5,
        notes: [{ message: 'n', ...nowhere }],
        fix: { message: 'f', ...edit, edits: [edit] },
      },
      {
        code: 'CNN1001',
        severity: 'error',
        message: 'k',
        help: null,
        page: 'docs/codes/CNN1001.md',
        ...nowhere,
        notes: [],
        fix: null,
      },
    ]);
  });

  test('places', () => {
    expect(new Source('a.cnn', 'ab\r\ncd').placeOf({ file, start: 4, end: 6 })).toEqual({
      file,
      line: 2,
      column: 1,
      endLine: 2,
      endColumn: 3,
    });
  });

  test('offsets, of places beyond a line too', () => {
    const source = new Source('a.cnn', 'ab\r\ncd\n');
    for (const offset of [0, 1, 2, 4, 5, 6, 7]) expect(source.offsetOf(source.positionOf(offset))).toBe(offset);
    expect(source.offsetOf({ line: 1, column: 9 })).toBe(2);
    expect(source.offsetOf({ line: 9, column: 1 })).toBe(7);
  });
});
