/** @file `cnnc fix`: certain changes are made, told with their effect, and never for the worse. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { diagnostic } from '../../src/diagnostics/catalogue.ts';
import type { Diagnostic } from '../../src/diagnostics/diagnostic.ts';
import { mend } from '../../src/lint/mend.ts';
import { wholeProgram } from '../support/whole-program.ts';
import { run } from './recorder.ts';

const folder = mkdtempSync(join(tmpdir(), 'cnnc-fix-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = (name: string, text: string) => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};

const two = 'y = image -> conv(16, 3x3) -> batchnorm -> relu -> relu -> maxpool(2) -> flatten -> dense(10)';

describe('fix', () => {
  it('mends all that is certain, says what it does, and formats', async () => {
    const path = file('two.cnn', wholeProgram(two));
    const { status, out, err } = await run(['fix', path]);
    expect({ status, err }).toEqual({ status: 0, err: '' });
    const text = readFileSync(path, 'utf8');
    expect(text).toContain('conv(16, 3x3, bias: false) -> batchnorm -> relu -> maxpool(2)');
    expect(await run(['fmt', '--check', path])).toMatchObject({ status: 0 });
    expect(await run(['check', '--strict', path])).toMatchObject({ status: 0 });
    // 16 biases: 16 * 9 + 16 + 2 * 16 + 2704 * 10 + 10.
    expect(out).toMatch(
      /CNN5001: the bias of `y.conv` does nothing.*\n {2}parameters 27,242 -> 27,226, MACs 124,384 as before/,
    );
    expect(out).toMatch(/CNN5038.*`y.relu2` changes nothing.*\n {2}parameters 27,226 as before/);
    expect(out).toContain('2 things fixed');
    expect((await run(['fix', path])).out).toContain('nothing that is certain to fix');
  });

  it('of one code alone, and of nothing with --dry-run', async () => {
    const path = file('one.cnn', wholeProgram(two));
    const dry = await run(['fix', '--dry-run', path]);
    expect([dry.status, readFileSync(path, 'utf8')]).toEqual([0, wholeProgram(two)]);
    expect(dry.out).toContain('2 things to fix; nothing was written');
    await run(['fix', '--code', '5038', path]);
    expect(readFileSync(path, 'utf8')).toContain('conv(16, 3x3) -> batchnorm -> relu -> maxpool(2)');
    expect(await run(['fix', '--code', 'CNN9999', path])).toMatchObject({ status: 2 });
    expect(readFileSync(path, 'utf8')).not.toContain('bias: false');
  });

  it('mends errors too; what is left of them fails', async () => {
    const path = file('errors.cnn', wholeProgram('y = image -> dense(20) -> reluu -> dense(10, bia: nothing)'));
    const { status, err } = await run(['fix', path]);
    expect(status).toBe(1);
    expect(readFileSync(path, 'utf8')).toContain('-> relu ->');
    expect(err).toContain('nothing');
  });

  it('reads standard input and writes the text to standard output', async () => {
    const { status, out, err } = await run(['fix', '-'], wholeProgram(two));
    expect([status, out.startsWith('network N {\n')]).toEqual([0, true]);
    expect(out).toContain('bias: false');
    expect(err).toContain('2 things fixed');
  });
});

describe('a round', () => {
  const at = (start: number, end: number) => ({ file: 'a', start, end });
  const found = (message: string, start: number, end: number, replacement: string): Diagnostic => ({
    code: 'CNN5001',
    severity: 'advice',
    message,
    notes: [],
    span: at(start, end),
    fix: { message: 'f', edits: [{ span: at(start, end), replacement }] },
  });

  it('leaves out what would bring errors, and what overlaps', () => {
    const compile = (text: string) => ({
      diagnostics: [
        ...(text.includes('a') ? [found('a', text.indexOf('a'), text.indexOf('a') + 1, 'x')] : []),
        ...(text.includes('b') ? [found('b', text.indexOf('b'), text.indexOf('b') + 1, '!')] : []),
        ...(text.includes('cc') ? [found('c', text.indexOf('cc'), text.indexOf('cc') + 2, 'c')] : []),
        ...(text.includes('!') ? [diagnostic('CNN1001', 'no')] : []),
      ],
    });
    const mended = mend('abccc', 'a', compile, () => true);
    expect(mended.text).toBe('xbc');
    expect(mended.refused.map(({ message }) => message)).toEqual(['b']);
    expect(mended.rounds.map(({ mended: of }) => of.map(({ message }) => message))).toEqual([['a', 'c'], ['c']]);
    expect(mend('abccc', 'a', compile, (code) => code === 'CNN1001').text).toBe('abccc');
  });
});
