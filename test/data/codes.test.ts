import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { dataCodes } from '../../src/data/codes.ts';

it('the catalogue has exactly the codes that data and runtime report', () => {
  const used = new Set<string>();
  // Targets print refusals into modules: of engines that lack what a module is made of.
  for (const folder of ['data', 'runtime', 'targets']) {
    const path = fileURLToPath(new URL(`../../src/${folder}/`, import.meta.url));
    const files = readdirSync(path, { recursive: true, encoding: 'utf8' });
    for (const name of files.filter((file) => file.endsWith('.ts') && file !== 'codes.ts')) {
      for (const [code] of readFileSync(path + name, 'utf8').matchAll(/(?<=')CNN41\d{2}(?=')/g)) used.add(code);
    }
  }
  expect(Object.keys(dataCodes).sort()).toEqual([...used].sort());
});

it('every entry explains itself', () => {
  for (const [code, { title, explanation }] of Object.entries(dataCodes)) {
    expect(code).toMatch(/^CNN41\d\d$/);
    expect(title).toMatch(/^[^.]{10,70}$/);
    expect(explanation).toMatch(/^.{40,}\.$/);
  }
});
