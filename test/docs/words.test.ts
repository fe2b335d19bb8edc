/** @file The tables of words in docs/training.md are what the words say of themselves, and every example compiles. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { compileSource } from '../../src/compile.ts';
import { isRequired, named } from '../../src/specs/attributes.ts';
import { WORD_LISTS } from '../../src/training/words.ts';
import { settingNames, wordsOf } from '../../src/training/words-of.ts';
import { root } from './imports.ts';
import { formatsTable, optionsTable, settingsTable, wordsTable } from './words-table.ts';

const TABLES = [
  ['settings', settingsTable(), 'docs/training.md'] as const,
  ...WORD_LISTS.filter(({ title }) => title !== 'formats').map(
    ({ title, words }) => [title, wordsTable(title, words), 'docs/training.md'] as const,
  ),
  ['formats', formatsTable(), 'docs/data.md'] as const,
  ['options', optionsTable(), 'docs/data.md'] as const,
];

/** The document with its tables made again, each between `<!-- NAME -->` and `<!-- /NAME -->`. */
function withTables(document: string, file: string): string {
  return TABLES.filter(([, , place]) => place === file).reduce(
    (text, [title, table]) =>
      text.replace(
        new RegExp(`(<!-- ${title} -->\n)[^]*(\n<!-- /${title} -->)`),
        (_, head, tail) => `${head}\n${table}\n${tail}`,
      ),
    document,
  );
}

it.each(['docs/training.md', 'docs/data.md'])('%s is up to date', (file) => {
  const path = join(root, file);
  const document = readFileSync(path, 'utf8');
  if (process.env.UPDATE !== undefined) writeFileSync(path, withTables(document, file));
  expect(
    withTables(document, file) === document || process.env.UPDATE !== undefined,
    'run UPDATE=1 npx vitest run test/docs/words.test.ts',
  ).toBe(true);
});

describe('every list of words', () => {
  it.each(TABLES)('%s is documented', (title, table, file) => {
    expect(readFileSync(join(root, file), 'utf8')).toContain(`<!-- ${title} -->\n\n${table}\n`);
  });

  const words = WORD_LISTS.flatMap(({ setting, words }) => words.map((word) => [word.name, setting, word] as const));

  it.each(words)('%s says what it is, and its example compiles', (name, setting, { summary, attributes, example }) => {
    expect(example).toMatch(new RegExp(`^${setting} .*\\b${name}\\b`));
    for (const text of [summary, ...Object.values(attributes).map(({ doc }) => doc)])
      expect(text.length).toBeGreaterThan(8);
    const text = `network Example {
  input image: [3, 28, 28]
  target label: class(10)
  logits = image -> dense(10)
  loss crossentropy(logits, label)
  output logits
}
train Example {
  ${example}
}`;
    const { diagnostics } = compileSource(text, 'example.cnn');
    expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  });
});

describe('for editors', () => {
  it('every list is that of its setting', () => {
    for (const { setting, words } of WORD_LISTS) {
      expect(settingNames()).toContain(setting);
      expect(wordsOf(setting).map(({ name }) => name)).toEqual(words.map(({ name }) => name));
    }
  });

  it('a word tells its attributes by place, with defaults and bounds', () => {
    const cosine = wordsOf('schedule').find(({ name }) => name === 'cosine')!;
    expect(cosine.attributes.map(({ name }) => name)).toEqual(['warmup', 'every', 'stretch', 'least']);
    expect(cosine.attributes.at(-1)).toMatchObject({ type: 'number', default: 0, minimum: 0, maximum: 1 });
    expect(wordsOf('batch')).toEqual([]);
    expect(wordsOf('toString')).toEqual([]);
  });
});

const choices = WORD_LISTS.flatMap(({ setting, words }) =>
  words.flatMap((word) =>
    named(word.attributes).flatMap(({ name, choices = [] }) =>
      // `and` joins conditions, so `flip(horizontal, vertical)` names no second direction.
      name === 'and' ? [] : choices.map((choice) => [setting, word, name, choice] as const),
    ),
  ),
);

describe('a word that an attribute chooses is no unknown name', () => {
  it.each(choices.map(([setting, word, name, choice]) => [setting, word.name, name, choice, word] as const))(
    '%s %s(%s: %s)',
    (setting, word, name, choice, { attributes }) => {
      const needed = named(attributes).filter((spec) => isRequired(spec) && spec.name !== name);
      const others = needed.map((spec) => `${spec.name}: ${spec.choices?.[0] ?? spec.minimum ?? 0.5}`);
      const text = `network Example {
  input image: [3, 28, 28]
  target label: class(10)
  logits = image -> dense(10)
  loss crossentropy(logits, label)
  output logits
}
train Example {
  ${setting} ${word}(${[...others, `${name}: ${choice}`].join(', ')})
}`;
      const errors = compileSource(text, 'example.cnn').diagnostics.filter(({ severity }) => severity === 'error');
      expect(errors.map(({ code, message }) => `${code} ${message}`)).toEqual([]);
    },
  );
});
