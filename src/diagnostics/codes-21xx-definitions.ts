import type { CatalogueEntry } from './catalogue-entry.ts';

/** Functions, operators and imports: what a program adds to the language. */
export const definitionCodes = {
  CNN2100: {
    severity: 'error',
    title: 'malformed formula',
    explanation:
      'The body of a `fn` is made of its parameters, numbers, arithmetic, pointwise functions and `if` with comparisons; that of an `op` also of accesses and of sums and maxima over axes. Layers, pipelines, lists and texts have no place in it: every element is computed from elements.',
    wrong: 'fn twice(x) = x -> relu\ny = twice(image)',
    right: 'fn twice(x) = 2 * relu(x)\ny = twice(image)',
  },
  CNN2101: {
    severity: 'error',
    title: 'function that calls itself',
    explanation:
      'A function is replaced by its body wherever it is used, so that it can be differentiated. A function that calls itself, directly or through another, would never be written out.',
    wrong: 'fn f(x) = x * f(x - 1)\ny = f(image)',
    right: 'fn f(x) = x * (x - 1)\ny = f(image)',
  },
  CNN2102: {
    severity: 'error',
    title: 'malformed operator',
    explanation:
      'The head of an `op` names its operands, their axes and those of the result; every name has one meaning, every operand is read. `sum` and `max` go over axes that the result does not have, and do not stand inside of each other. Indices are sums of axes with whole factors, which a whole number may divide. The extent of every axis must follow from an operand or be given.',
    wrong: 'op rows(x[c, h, w]) -> y[c, h] = sum(h, w) x[c, h, w]\ny = image -> rows',
    right: 'op rows(x[c, h, w]) -> y[c, h] = sum(w) x[c, h, w]\ny = image -> rows',
  },
  CNN2110: {
    severity: 'error',
    title: 'unknown library',
    explanation:
      'Behind `from` stands a part of the standard library, such as "std/residual", or a file, whose path begins with `./` or `../` and is seen from the file that imports it.',
    wrong: 'import { Basic } from "std/resnet"',
    right: 'import { Basic } from "std/residual"\ny = image -> Basic(4)',
  },
  CNN2111: {
    severity: 'error',
    title: 'imported file cannot be read',
    explanation:
      'There is no such file, or it may not be read. The path is seen from the file that imports it. A text that comes from no file, as in a browser, can import from the standard library alone.',
    wrong: 'import { Stem } from "./steam.cnn"',
    right: 'block Stem { … }',
  },
  CNN2112: {
    severity: 'error',
    title: 'imports in a circle',
    explanation: 'A file may not import, directly or through others, from itself: none of them could be read first.',
    wrong: '// a.cnn …\nimport { B } from "./b.cnn"\n\n// b.cnn\nimport { A } from "./a.cnn"',
    right: '// a.cnn …\nimport { B } from "./b.cnn"\n\n// b.cnn\nblock B { return in -> relu }',
  },
  CNN2113: {
    severity: 'error',
    title: 'imported name is not there',
    explanation:
      'A file lets others import the blocks, functions, operators and constants that it defines. What it imports itself is imported from where it is defined.',
    wrong: 'import { Basik } from "std/residual"',
    right: 'import { Basic } from "std/residual"\ny = image -> Basic(4)',
  },
  CNN2114: {
    severity: 'error',
    title: 'network imported',
    explanation:
      'A network has inputs, targets and a loss, and is compiled as a whole. What others are to use is a block.',
    wrong: 'import { LeNet5 } from "./lenet.cnn" …',
    right: 'import { Basic } from "std/residual"\ny = image -> Basic(4)',
  },
  CNN2115: {
    severity: 'error',
    title: 'import from outside of the project',
    explanation:
      'A program reads nothing but `.cnn` files of the folder that its first file lies in, or of the project around it: the nearest folder upwards with a `cnnc.json`, a `package.json` or a `.git`. So that a program of someone else can be compiled without fear, no path and no link leads out of there. The option `--allow-imports FOLDER` adds a folder.',
    wrong: 'import { Stem } from "../../../../etc/passwd"',
    right: 'import { Stem } from "./stem.cnn"\ny = image -> Stem',
  },
  CNN2116: {
    severity: 'error',
    title: 'too many imports',
    explanation: 'A program consists of at most 1000 files, of which at most 200 import each other in a row.',
    wrong:
      '// 1.cnn …\nimport { x } from "./2.cnn"\n\n// 2.cnn …\nimport { x } from "./3.cnn"\n\n// and so on to 3000.cnn',
    right: '// all.cnn …\nx = 1',
  },
  CNN2120: {
    severity: 'error',
    title: 'nothing to freeze',
    explanation:
      '`freeze` names what is not to be trained: a value, with all layers that compute it from the one before; a layer by its in-place name; or the beginning of names of parameters, in quotation marks where it is no name.',
    wrong: 'stem = image -> conv(4, 3x3) -> relu\nfreeze sten\nx = stem -> relu',
    right: 'stem = image -> conv(4, 3x3) -> relu\nfreeze stem\nx = stem -> relu',
  },
  CNN2121: {
    severity: 'error',
    title: 'everything frozen',
    explanation: 'Training changes parameters. Where all of them are frozen there is nothing to do.',
    wrong: 'logits = image -> dense(10)\nfreeze logits',
    right: 'stem = image -> conv(4, 3x3) -> relu\nlogits = stem -> dense(10)\nfreeze stem',
  },
} as const satisfies Record<`CNN21${string}`, CatalogueEntry>;
