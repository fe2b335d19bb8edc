/**
 * @file Random programs, as lists of words in the grammar of the language, and random ways to write them down. The
 * grammar is written here a second time, independently of the parser.
 */
import fc from 'fast-check';

export type Words = readonly string[];

const text = (...words: string[]): fc.Arbitrary<Words> => fc.constant(words);
const seq = (...parts: (fc.Arbitrary<Words> | string)[]): fc.Arbitrary<Words> =>
  fc.tuple(...parts.map((part) => (typeof part === 'string' ? text(part) : part))).map((lists) => lists.flat());
const separated = (part: fc.Arbitrary<Words>, minLength: number): fc.Arbitrary<Words> =>
  fc
    .array(part, { minLength, maxLength: minLength + 1 })
    .map((lists) => lists.flatMap((list, index) => (index === 0 ? list : [',', ...list])));
const many = (part: fc.Arbitrary<Words>): fc.Arbitrary<Words> =>
  fc.array(part, { maxLength: 2 }).map((lists) => lists.flat());
const optional = (part: fc.Arbitrary<Words>): fc.Arbitrary<Words> => fc.oneof(text(), part);

/** Words that are keywords at other places are among them. */
const name = fc
  .constantFrom(
    'x',
    'conv1',
    'a_long_name_that_fills_lines',
    'data',
    'batch',
    'loss',
    'input',
    'network',
    'train',
    'seed',
    'from',
    'epochs',
    'sum',
    'constructor',
  )
  .map((word): Words => [word]);
const literal = fc
  .constantFrom(
    '0',
    '12',
    '0.5',
    '1e-4',
    '300k',
    '4KB',
    '10%',
    '3x3',
    '11x1',
    '"text"',
    '"a // b"',
    '"q \\" q"',
    'true',
    'false',
  )
  .map((word): Words => [word]);

const binaryOperator = fc.constantFrom('+', '-', '*', '/', '%', '^', 'and', 'or');
const comparison = fc.constantFrom('==', '!=', '<', '<=', '>', '>=');

const { expression, axisName, reduction } = fc.letrec<
  Record<
    'expression' | 'operand' | 'argument' | 'stage' | 'target' | 'conditional' | 'pipeline' | 'axisName' | 'reduction',
    Words
  >
>((tie) => {
  const inner = tie('expression');
  const list = seq('[', separated(inner, 0), ']');
  const call = seq(name, '(', separated(tie('argument'), 0), ')');
  return {
    argument: fc.oneof(inner, seq(name, ':', inner), seq('warmup', ':', '2', 'epochs')),
    operand: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      name,
      literal,
      text('in'),
      call,
      list,
      seq('(', inner, ')'),
      seq(
        '(',
        tie('operand'),
        comparison.map((sign): Words => [sign]),
        tie('operand'),
        ')',
      ),
      seq(name, '.', name),
      seq(name, '[', separated(inner, 0), ']'),
      seq('-', tie('operand')),
      tie('conditional'),
    ),
    conditional: seq(
      'if',
      inner,
      '{',
      inner,
      '}',
      'else',
      optional(seq('if', inner, '{', inner, '}', 'else')),
      '{',
      inner,
      '}',
    ),
    expression: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      tie('operand'),
      seq('not', tie('operand')),
      seq(
        tie('operand'),
        binaryOperator.map((sign): Words => [sign]),
        inner,
      ),
      tie('pipeline'),
    ),
    target: fc.oneof({ maxDepth: 3, withCrossShrink: true }, name, call, tie('conditional')),
    stage: seq(
      optional(seq(fc.oneof(name, seq('"layer1.0"')), ':')),
      optional(seq('repeat', '(', inner, ')')),
      tie('target'),
    ),
    pipeline: seq(
      tie('operand'),
      fc.array(seq('->', tie('stage')), { minLength: 1, maxLength: 3 }).map((lists) => lists.flat()),
    ),
    axisName: fc.constantFrom('c', 'p', 'q').map((word): Words => [word]),
    reduction: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      seq(name, '[', tie('axisName'), '+', '1', ']'),
      seq('k', '[', ']'),
      seq(
        fc.constantFrom<Words>(['sum'], ['max']),
        '(',
        separated(tie('axisName'), 1),
        ')',
        fc.oneof(seq(name, '[', 'c', ']'), seq('(', tie('reduction'), ')'), seq('2')),
      ),
      seq(fc.constantFrom<Words>(['sum'], ['max']), '(', separated(tie('axisName'), 1), ')', tie('reduction')),
      seq('max', '(', 'c', ',', 'p', ')'),
      seq(tie('reduction'), fc.constantFrom<Words>(['*'], ['+'], ['-'], ['^'], ['/']), tie('reduction')),
      seq('-', tie('reduction')),
    ),
  };
});

/** Pipelines bind loosest: what follows a stage must not be an operator, so inner ones stand in parentheses. */
const simpleStatement = fc.oneof(
  seq('input', name, ':', expression),
  seq('target', name, ':', expression),
  seq(name, '=', expression),
  seq('loss', expression),
  seq('metric', optional(seq(name, '=')), expression),
  seq('output', name, optional(seq('=', expression))),
  seq('assert', expression),
  seq('freeze', name),
  seq('return', expression),
);
const statement = fc.oneof(
  { weight: 5, arbitrary: simpleStatement },
  seq('for', separated(name, 1), 'in', expression, '{', many(simpleStatement), '}'),
);
const parameters = seq('(', separated(seq(name, optional(seq('=', expression))), 0), ')');
const pattern = seq(name, '[', separated(axisName, 0), ']');
const setting = seq(
  fc.constantFrom<Words>(['data'], ['normalize'], ['batch'], ['epochs'], ['stop']),
  separated(fc.oneof(literal, seq('sgd', '(', 'lr', ':', literal, ')'), seq('mean', ':', literal)), 1),
);

const item = fc.oneof(
  seq('import', '{', separated(name, 1), '}', 'from', '"std/residual"'),
  seq('network', name, optional(parameters), '{', many(statement), '}'),
  seq('block', name, optional(parameters), '{', many(statement), '}'),
  seq('fn', name, parameters, '=', expression),
  seq(
    'op',
    name,
    '(',
    separated(pattern, 1),
    optional(seq(',', 'stride', '=', '2')),
    ')',
    '->',
    pattern,
    '=',
    reduction,
  ),
  seq('train', name, '{', many(setting), '}'),
  seq(name, '=', expression),
);

export const programWords: fc.Arbitrary<Words> = fc.array(item, { maxLength: 2 }).map((items) => items.flat());

const gap = fc.oneof(
  { weight: 8, arbitrary: fc.constant(' ') },
  { weight: 3, arbitrary: fc.constantFrom('\n', '\n  ', '  ', '\n\n\n', '\t', '\r\n') },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      ' // note\n',
      '\n// own line\n',
      ' /* inline */ ',
      '\n/* two\n lines */\n',
      ' // é → 漢\n\n',
    ),
  },
);

/** A text of some words, with white space and comments between them. */
export const programText: fc.Arbitrary<string> = programWords.chain((words) =>
  fc.array(gap, { minLength: words.length + 1, maxLength: words.length + 1 }).map((gaps) => {
    const parts = words.map((word, index) => gaps[index]! + word);
    return parts.join('') + gaps[words.length];
  }),
);
