/** @file `x ^ y` and both its derivatives against PyTorch's, at every pair of numbers where something special happens. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { runText } from '../support/run-text.ts';
import { isClose, numbersOf, type Written } from '../support/special-numbers.ts';

interface PowerCase {
  readonly form: 'tensors' | 'exponent' | 'base';
  /** The exponent or the base that meets all of the others. */
  readonly number: Written;
  readonly y: readonly Written[];
  readonly byBase?: readonly Written[];
  readonly byExponent?: readonly Written[];
}

const file = JSON.parse(readFileSync(new URL('../oracle/powers.json', import.meta.url), 'utf8')) as {
  bases: Written[];
  exponents: Written[];
  cases: PowerCase[];
};
/** As many as there are lanes. */
const IMAGES = 4;
const bases = numbersOf(file.bases);
const exponents = numbersOf(file.exponents);

const ENGINES = [
  ['interpreter', 1e-6],
  ['js-f32', 1e-6],
  ['wasm', 4e-6],
] as const;

const isNumber = (text: string) => text.startsWith('(');
const varying = (text: string) => (isNumber(text) ? text : `${text} - z[k]`);

/** How powers are spelled, by turns; `x` and `e` are an element of a parameter or a number in parentheses. */
const SPELLINGS: readonly ((x: string, e: string) => string)[] = [
  (x, e) => `(${varying(x)}) ^ (${varying(e)})`,
  // Of parameters alone: the same for all images.
  (x, e) => `${x} ^ ${e}`,
  (x, e) => `pow(${varying(x)}, ${e})`,
  (x, e) => `raised(${varying(x)}, ${e})`,
];

/** One layer for each case; `z` is 0, so that what it is taken from depends on the image and not only on parameters. */
function powersInOperators(form: PowerCase['form']) {
  const cases = file.cases.filter((item) => item.form === form);
  const size = form === 'base' ? exponents.length : bases.length;
  const data: Record<string, number[]> = { z: new Array(IMAGES * size).fill(0) };
  const lines = cases.map(({ number }, k) => {
    const x = form === 'base' ? `(${number})` : 'x[k]';
    const e = form === 'exponent' ? `(${number})` : 'e[k]';
    if (!isNumber(x)) data[`layer${k}.x`] = bases;
    if (!isNumber(e)) data[`layer${k}.e`] = form === 'base' ? exponents : bases.map(() => numbersOf([number])[0]!);
    const operands = [x, e].filter((text) => !isNumber(text)).join(', ');
    return [
      `op power${k}(z[k], ${operands}) -> y[k] = ${SPELLINGS[k % SPELLINGS.length]!(x, e)} + z[k]`,
      `y${k} = z -> layer${k}: power${k}`,
    ];
  });
  return {
    cases,
    data,
    source: network(
      lines.map(([op]) => op!),
      lines.map(([, layer]) => layer!),
      size,
    ),
  };
}

function network(definitions: readonly string[], layers: readonly string[], size: number): string {
  const names = layers.map((_, k) => `y${k}`);
  return `fn raised(x, e) = x ^ e
${definitions.join('\n')}
network Powers {
  input z: [${size}]
  ${layers.join('\n  ')}
  loss ${names.map((name) => `sum(${name})`).join(' + ')}
  ${names.map((name) => `output ${name}`).join('\n  ')}
}`;
}

function expectClose(found: readonly number[], wanted: readonly Written[], tolerance: number, what: string): void {
  const wrong = numbersOf(wanted).flatMap((value, k) =>
    isClose(found[k]!, value, tolerance) ? [] : `${what}[${k}] is ${found[k]}, PyTorch has ${value}`,
  );
  expect(wrong).toEqual([]);
}

describe.each(['tensors', 'exponent', 'base'] as const)('powers of %s', (form) => {
  const { cases, data, source } = powersInOperators(form);

  it.each(ENGINES)('by the %s', (engine, tolerance) => {
    const { outputs, gradients } = runText(source, engine, data, IMAGES);
    cases.forEach(({ number, y, byBase, byExponent }, k) => {
      // What a value does not depend on has no gradient.
      const gradient = (name: string) => gradients.get(`layer${k}.${name}`) ?? y.map(() => 0);
      const title = `${form} ${number}`;
      expectClose(outputs.get(`y${k}`)!, y, tolerance, title);
      if (byBase) expectClose(gradient('x'), byBase, tolerance, `gradient by the base, ${title}`);
      if (byExponent) expectClose(gradient('e'), byExponent, tolerance, `gradient by the exponent, ${title}`);
    });
  });
});
