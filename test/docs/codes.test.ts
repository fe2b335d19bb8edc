/** @file docs/codes.md and the pages in docs/codes are what the catalogue says now. */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { allCodes } from '../../src/cli/all-codes.ts';
import { pageOfCode } from '../../src/diagnostics/page-of-code.ts';
import { codePages, codesPage } from './codes-page.ts';
import { root } from './imports.ts';

const path = join(root, 'docs/codes.md');
const folder = join(root, 'docs/codes');
const HOW = 'run UPDATE=1 npx vitest run test/docs/codes.test.ts';

it('docs/codes.md and docs/codes are up to date', () => {
  const [list, pages] = [codesPage(), codePages()];
  if (process.env.UPDATE !== undefined) {
    writeFileSync(path, list);
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder);
    for (const [name, text] of pages) writeFileSync(join(folder, name), text);
  }
  expect(readFileSync(path, 'utf8') === list, HOW).toBe(true);
  expect(readdirSync(folder).sort(), HOW).toEqual([...pages.keys()].sort());
  for (const [name, text] of pages) expect(readFileSync(join(folder, name), 'utf8') === text, HOW).toBe(true);
});

it('lists every code once, in order, with its page', () => {
  const listed = [...codesPage().matchAll(/^- \[(CNN\d+)\]\((.*)\): /gm)].map(([, code, page]) => [code!, page!]);
  const codes = listed.map(([code]) => code!);
  expect(codes).toEqual(Object.keys(allCodes).sort());
  for (const [code, page] of listed) expect(`docs/${page}`).toBe(pageOfCode(code!));
});
