/** @file The table of keywords is that of the grammar: what it shows of each can be read where it says. */
import { expect, test } from 'vitest';
import { FORMATS } from '../../src/data/formats.ts';
import { OPERATORS } from '../../src/ops/registry.ts';
import { placed } from '../../src/specs/attributes.ts';
import { KEYWORDS, type Keyword } from '../../src/syntax/keywords.ts';
import { LIKELY_ARGUMENTS, POSSIBLE_ARGUMENTS } from '../../src/syntax/layout.ts';
import { parse } from '../../src/syntax/parse.ts';
import { LAYER_ARGUMENTS } from '../../src/training/layer-arguments.ts';
import { SETTINGS } from '../../src/training/settings.ts';

/** A file in which such a text may stand. */
const PLACES: Record<keyof typeof KEYWORDS, (text: string) => string> = {
  item: (text) => text,
  network: (text) => `network N {\n${text}\n}`,
  target: (text) => `network N {\n${text}\n}`,
  block: (text) => `block B {\n${text}\n}`,
  for: (text) => `block B {\nfor i in [1] {\n${text}\n}\n}`,
  stage: (text) => `network N {\n${text.includes('=') ? text : `y = x -> ${text}`}\n}`,
};

const cases = Object.entries(KEYWORDS).flatMap(([place, keywords]) =>
  keywords.map((keyword: Keyword) => [place, keyword.name, keyword] as const),
);

test.each(cases)('%s: %s', (place, name, { form, example }) => {
  // What is written into the places, and into the last one whatever may stand there.
  const filled = (inside: string) => form.replace(/<([^<>]*)>/g, (_, given: string) => given || inside);
  const texts = [...(example ? [example] : []), ...['', 'y', 'y = x'].map(filled)];
  const sound = texts.filter(
    (text) => parse(PLACES[place as keyof typeof PLACES](text), 'keywords.cnn').diagnostics.length === 0,
  );
  expect(sound).not.toEqual([]);
  if (example) expect(sound).toContain(example);
  for (const text of sound) expect(text).toContain(name);
});

test('words that are taken for arguments are some, of layers those that are given by name', () => {
  const ofWords = SETTINGS.flatMap(({ words = [] }) => words.flatMap(({ attributes }) => Object.keys(attributes)));
  const ofData = FORMATS.flatMap(({ options }) => options.map(({ name }) => name));
  const ofLayers = OPERATORS.flatMap(({ attributes }) =>
    attributes.filter((spec) => !placed(attributes).includes(spec)),
  );
  const byPlace = OPERATORS.flatMap(({ attributes }) => placed(attributes)).map(({ name }) => name);
  const known = [
    ...ofLayers.map(({ name }) => name),
    ...Object.keys(LAYER_ARGUMENTS),
    ...ofWords,
    ...ofData,
    'mean',
    'std',
  ];
  expect([...LIKELY_ARGUMENTS].filter((name) => !known.includes(name))).toEqual([]);
  expect([...POSSIBLE_ARGUMENTS].filter((name) => LIKELY_ARGUMENTS.has(name) || !byPlace.includes(name))).toEqual([]);
});
