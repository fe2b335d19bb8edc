import type { CatalogueEntry } from './catalogue-entry.ts';

/** What the lexer and the parser report. */
export const syntaxCodes = {
  CNN1001: {
    severity: 'error',
    title: 'unknown character',
    explanation: 'The character has no meaning in a `.cnn` file outside strings and comments.',
    wrong: 'network N { y = image @ image }',
    right: 'network N { y = image * image }',
  },
  CNN1002: {
    severity: 'error',
    title: 'string not closed',
    explanation:
      'A string starts and ends with `"` on the same line. Single quotes do not make strings. Inside a string `\\"`, `\\\\`, `\\n` and `\\t` stand for a quote, a backslash, a new line and a tab.',
    wrong: 'import { Basic } from "std/residual',
    right: 'import { Basic } from "std/residual"',
  },
  CNN1003: {
    severity: 'error',
    title: 'comment not closed',
    explanation: 'A comment that starts with `/*` reaches to the next `*/`. Comments do not nest.',
    wrong: '/* three channels\nchannels = 3',
    right: '/* three channels */\nchannels = 3',
  },
  CNN1004: {
    severity: 'error',
    title: 'malformed number',
    explanation:
      'Numbers are written `3`, `0.1` or `1e-4`, with a digit on both sides of the point. A suffix follows directly: `k`, `M`, `G` (thousand, million, thousand million), `KB`, `MB`, `GB` (powers of 1024 bytes) or `%`.',
    wrong: 'network N { assert parameters < 300thousand }',
    right: 'network N { assert parameters < 300k }',
  },
  CNN1005: {
    severity: 'error',
    title: 'malformed kernel size',
    explanation:
      'A kernel size is one word with a small `x`, height before width: `3x3`, `5x1`. Both sides are whole numbers; for a computed size write a number (a square kernel) instead.',
    wrong: 'network N { y = image -> conv(16, 3 X 3) }',
    right: 'network N { y = image -> conv(16, 3x3) }',
  },
  CNN1006: {
    severity: 'error',
    title: 'semicolon',
    explanation:
      'Statements end where the next one starts; there are no semicolons, and line breaks mean nothing. Arguments are separated by commas.',
    wrong: 'classes = 10;',
    right: 'classes = 10',
  },
  CNN1007: {
    severity: 'error',
    title: 'comment with `#`',
    explanation: 'Comments are written `// to the end of the line` or `/* between these */`.',
    wrong: '# the number of classes\nclasses = 10',
    right: '// the number of classes\nclasses = 10',
  },
  CNN1008: {
    severity: 'error',
    title: 'operator of another language',
    explanation:
      'The operators are `+ - * / % ^` (`^` is the power), `== != < <= > >=`, the words `and`, `or`, `not`, and `->`, which feeds a value into a layer. They are written in ASCII.',
    wrong: 'fn square(x) = x ** 2',
    right: 'fn square(x) = x ^ 2',
  },
  CNN1009: {
    severity: 'error',
    title: 'bracket not closed',
    explanation:
      'Every `(`, `[` and `{` needs its partner. The place reported is the opening one that was still open where something followed that cannot stand inside it.',
    wrong: 'network N {\n  y = image -> conv(16, 3x3 -> relu\n}',
    right: 'network N {\n  y = image -> conv(16, 3x3) -> relu\n}',
  },
  CNN1010: {
    severity: 'error',
    title: 'bracket closes nothing',
    explanation: 'A `)`, `]` or `}` was found where no bracket of its kind is open.',
    wrong: 'classes = (2 * 5))',
    right: 'classes = (2 * 5)',
  },
  CNN1011: {
    severity: 'error',
    title: 'misspelt keyword',
    explanation:
      'A file consists of `import`, `network`, `block`, `fn`, `op`, `train` and constants; a body of `input`, `target`, `loss`, `metric`, `output`, `assert`, `freeze`, `return`, `for` and named values.',
    wrong: 'netwrok LeNet { }',
    right: 'network LeNet { }',
  },
  CNN1012: {
    severity: 'error',
    title: '`=` and `:` mixed up, or left out',
    explanation:
      'Arguments are named with a colon, `conv(16, 3x3, stride: 2)`. Values, and the defaults of parameters, are given with an equals sign, `block Basic(channels, stride = 1)`.',
    wrong: 'network N { y = image -> conv(16, 3x3, stride = 2) }',
    right: 'network N { y = image -> conv(16, 3x3, stride: 2) }',
  },
  CNN1013: {
    severity: 'error',
    title: 'missing comma',
    explanation: 'Arguments, parameters, list items and imported names are separated by commas.',
    wrong: 'network N { y = image -> conv(16 3x3) }',
    right: 'network N { y = image -> conv(16, 3x3) }',
  },
  CNN1014: {
    severity: 'error',
    title: 'something is missing after this',
    explanation:
      'An operator, an arrow, a `=`, `:` or comma, or a keyword promises that something follows, but the statement ends there.',
    wrong: 'network N {\n  y = image ->\n  loss mean(y)\n}',
    right: 'network N {\n  y = image -> relu\n  loss mean(y)\n}',
  },
  CNN1015: {
    severity: 'error',
    title: 'something else was expected',
    explanation:
      'At this place the grammar allows only what the message names. The language reference shows every form.',
    wrong: 'network N { input image [3, 32, 32] }',
    right: 'network N { input image: [3, 32, 32] }',
  },
  CNN1016: {
    severity: 'error',
    title: '`if` misused',
    explanation:
      '`if` is an expression: it has a value, so it needs an `else`, and both branches are single expressions in braces. To rebind a value on a condition, bind the whole `if`.',
    wrong: 'block B(deep) { y = if deep { in -> relu } return y }',
    right: 'block B(deep) { y = if deep { in -> relu } else { in } return y }',
  },
  CNN1017: {
    severity: 'error',
    title: 'comparisons do not chain',
    explanation: '`a < b < c` is not a range check; compare twice and join the comparisons with `and`.',
    wrong: 'network N(n) { assert 1 < n < 9 }',
    right: 'network N(n) { assert 1 < n and n < 9 }',
  },
  CNN1018: {
    severity: 'error',
    title: 'not at this place',
    explanation:
      'Statements like `input` and `loss` belong in the braces of a network or block; `network`, `block`, `fn`, `op`, `train` and `import` belong outside of them.',
    wrong: 'input image: [3, 32, 32]',
    right: 'network N { input image: [3, 32, 32] }',
  },
  CNN1019: {
    severity: 'error',
    title: 'malformed training setting',
    explanation:
      'A setting of a `train` block is a name followed by its value or values, with nothing in between: `batch 128`, `optimizer sgd(lr: 0.1)`, `normalize mean: [0.5], std: [0.2]`.',
    wrong: 'train N { batch = 128 }',
    right: 'train N { batch 128 }',
  },
  CNN1020: {
    severity: 'error',
    title: 'nested too deeply',
    explanation:
      'Brackets may be nested 100 deep, and an expression may be 400 operations deep. Name parts of the expression, or use `repeat`, `for` or a `block`.',
    wrong: 'x = ((((… 1 …))))',
    right: 'part = 1\nx = part',
  },
  CNN1021: {
    severity: 'error',
    title: 'file too large',
    explanation:
      'A `.cnn` file may have at most 500,000 letters and 50,000 words and signs; published networks have some hundred. It was probably not meant to be compiled.',
    wrong: 'cnnc check weights.safetensors',
    right: 'cnnc check network.cnn',
  },
  CNN1022: {
    severity: 'error',
    title: 'value without a name',
    explanation:
      'A body is a list of named values and keyword statements. A value that is only computed goes nowhere, so it has to be given a name: `y = x -> relu`.',
    wrong: 'block B {\n  in -> relu\n}',
    right: 'block B {\n  return in -> relu\n}',
  },
  CNN1023: {
    severity: 'error',
    title: 'unexpected text after a complete expression',
    explanation:
      'Two values stand side by side with nothing between them. An operator, an arrow or a comma is missing, or the second is left over.',
    wrong: 'classes = 5 5',
    right: 'classes = 5 + 5',
  },
  CNN1024: {
    severity: 'error',
    title: '`repeat` without a count',
    explanation: '`repeat(n)` applies what follows n times in a row, each time with weights of its own.',
    wrong: 'network N { y = image -> repeat Basic(16) }',
    right: 'network N { y = image -> repeat(3) Basic(16) }',
  },
  CNN1025: {
    severity: 'error',
    title: 'reserved word used as a name',
    explanation:
      '`if`, `else`, `in`, `and`, `or`, `not`, `true`, `false` and `__proto__` are reserved. All other words of the language, such as `data` or `loss`, may be used as names.',
    wrong: 'in = 3',
    right: 'inner = 3',
  },
  CNN1026: {
    severity: 'error',
    title: 'unknown escape in a string',
    explanation:
      'In a string a backslash is followed by `"`, `\\`, `n` or `t`. A backslash itself is written `\\\\`; paths may use `/` on every system.',
    wrong: 'train N { data mnist("C:\\mnist") }',
    right: 'train N { data mnist("C:/mnist") }',
  },
  CNN1027: {
    severity: 'error',
    title: 'letters beyond ASCII in a name',
    explanation:
      'Names are made of the letters a to z in either case, digits and `_`, and start with a letter or `_`, so that they can be names in the emitted module too.',
    wrong: 'größe = 3',
    right: 'size = 3',
  },
  CNN1028: {
    severity: 'error',
    title: '`allow` without a reason',
    explanation:
      'What is allowed against a rule has a reason, which the next reader wants to know: `allow`, the code, and the reason in quotation marks. It stands before the statement, setting or item that it is about.',
    wrong: 'allow CNN5001\ny = image -> conv(16, 3x3) -> batchnorm',
    right: 'allow CNN5001 "as torchvision has it"\ny = image -> conv(16, 3x3) -> batchnorm',
  },
} as const satisfies Record<`CNN1${string}`, CatalogueEntry>;
