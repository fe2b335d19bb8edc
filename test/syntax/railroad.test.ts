import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { grammarRules } from '../../src/syntax/ebnf.ts';
import { grammarAsDiagrams } from './railroad.ts';

const file = new URL('../../grammar/railroad.html', import.meta.url);

test('grammar/railroad.html draws what the parser parses; UPDATE=1 writes it', () => {
  const page = grammarAsDiagrams();
  if (process.env.UPDATE) writeFileSync(file, page);
  expect(readFileSync(file, 'utf8')).toBe(page);
});

test('every rule is drawn, and every link leads to one', () => {
  const page = grammarAsDiagrams();
  const drawn = [...page.matchAll(/<h2 id="(\w+)">/g)].map((match) => match[1]);
  expect(drawn).toEqual(grammarRules().map(({ name }) => name));
  const links = new Set([...page.matchAll(/<a href="#(\w+)">/g)].map((match) => match[1]));
  expect([...links].filter((name) => !drawn.includes(name))).toEqual([]);
  // All but the first are reached from others.
  expect(drawn.filter((name) => !links.has(name))).toEqual(['program']);
  expect(page).not.toMatch(/NaN|undefined|<script|https?:\/\/(?!www\.w3\.org)/);
});
