/** @file The table of keywords is that of the grammar: what it shows of each can be read where it says. */
import { expect, test } from 'vitest';
import { KEYWORDS, type Keyword } from '../../src/syntax/keywords.ts';
import { parse } from '../../src/syntax/parse.ts';

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
