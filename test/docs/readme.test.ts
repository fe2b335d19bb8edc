/** @file README.md says what is true: its programs compile, and its commands print what it shows. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { allCodes } from '../../src/cli/commands/explain.ts';
import { compileSource } from '../../src/compile.ts';
import { describeCommands, type Fence, fencesOf } from './console.ts';
import { root } from './imports.ts';

const path = join(root, 'README.md');
const readme = readFileSync(path, 'utf8');
const programs = fencesOf(readme).filter(({ language }) => language === 'cnn');

/** Errors and warnings; advice is no mistake. */
function mistakesIn({ text, name }: Fence): string[] {
  const { diagnostics } = compileSource(text, name);
  return diagnostics.filter(({ severity }) => severity !== 'advice').map(({ code, message }) => `${code} ${message}`);
}

describe('programs', () => {
  it.each(programs.filter(({ name }) => name !== 'mistake.cnn'))('$name compiles', (program) => {
    expect(mistakesIn(program)).toEqual([]);
  });

  it('mistake.cnn does not', () => {
    expect(mistakesIn(programs.find(({ name }) => name === 'mistake.cnn')!)).not.toEqual([]);
  });
});

describeCommands(path);

describe('what the text mentions', () => {
  it('exists: links to files', () => {
    const links = [...readme.matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, link]) => link!);
    expect(links.length).toBeGreaterThan(3);
    for (const link of links) expect(() => readFileSync(join(root, link)), link).not.toThrow(/ENOENT/);
  });

  it('exists: codes', () => {
    const codes = [...readme.matchAll(/CNN\d{4}/g)].map(([code]) => code);
    expect(codes.filter((code) => !Object.hasOwn(allCodes, code))).toEqual([]);
  });
});
