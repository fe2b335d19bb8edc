import { defineRule } from '../rule.ts';
import { CALLABLE, isLibrary, unused } from '../unused.ts';

const WORDS = {
  import: 'imported name',
  constant: 'constant',
  block: 'block',
  function: 'function',
  operator: 'operator',
} as const;

export const unusedDefinition = defineRule({
  code: 'CNN2014',
  name: 'unused-definition',
  level: 'warning',
  title: 'definition never used',
  explanation:
    'A block or constant that nothing mentions may be a leftover or misspelt. Of a definition that is not applied only what is certain is checked: names, arguments and formulas, but no shapes.',
  needs: ['tree', 'names'],
  check: ({ tree, names }) =>
    // What a file without a network defines is there for others.
    unused(names, isLibrary(tree) ? ['import'] : ['import', 'constant', ...CALLABLE]).map(
      ({ name: { text, span }, kind }) => {
        const isCallable = CALLABLE.includes(kind);
        const what = WORDS[kind as keyof typeof WORDS];
        return {
          message: `${what} \`${text}\` is never used${isCallable ? ', so its shapes were not checked' : ''}`,
          span,
          fix: { message: isCallable ? `apply it: \`x -> ${text}\`` : 'remove it' },
        };
      },
    ),
  examples: [
    {
      wrong: 'width = 16\nnetwork N { … }',
      right: 'network N { … }',
    },
    {
      wrong: 'block Stem(n) { return in -> conv(n, 3x3) }\nnetwork N { … }',
      right: 'network N { … }',
    },
  ],
});
