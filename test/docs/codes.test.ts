/** @file docs/codes.md is what the catalogue says now. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { codesPage } from './codes-page.ts';
import { root } from './imports.ts';

const path = join(root, 'docs/codes.md');

it('docs/codes.md is up to date', () => {
  const page = codesPage();
  if (process.env.UPDATE !== undefined) writeFileSync(path, page);
  expect(readFileSync(path, 'utf8') === page, 'run UPDATE=1 npx vitest run test/docs/codes.test.ts').toBe(true);
});

it('has every code once, in order', () => {
  const codes = [...codesPage().matchAll(/^### (CNN\d+): /gm)].map(([, code]) => code!);
  expect(codes.length).toBeGreaterThan(100);
  expect(codes).toEqual([...new Set(codes)].sort());
});
