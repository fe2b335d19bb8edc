/**
 * @file No attribute takes a number that makes no sense: it is refused with a code, or lies within bounds that its table and
 * the documentation say, at both ends of which the operator computes finite numbers.
 */
import { describe, expect, it, test } from 'vitest';
import type { OperatorDefinition } from '../../src/ops/operator.ts';
import { OPERATORS } from '../../src/ops/registry.ts';
import { type AttributeSpec, isRequired } from '../../src/specs/attributes.ts';
import { runText } from '../support/run-text.ts';
import { diagnosed } from './elaborated.ts';

/** What an operator needs besides; `x` is a map of 4 channels, 6x6. */
const NEEDED: Readonly<Record<string, string>> = {
  channels: '4',
  units: '4',
  kernel: '2',
  groups: '2',
  shape: '[4, 36]',
  order: '[1, 0, 2]',
  from: '0',
  parts: '2',
  part: '0',
  factor: '2',
  size: '3',
};
const NEEDED_BY: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  crop: { sides: '1' },
  pad: { sides: '1' },
  upsample: { factor: '2' },
};
const TENSOR_TARGETS = ['mse', 'mae', 'huber', 'bce', 'kldiv'];

function textOf(operator: OperatorDefinition, given: Readonly<Record<string, string>>): string {
  const needed = operator.attributes.filter(isRequired).map(({ name }) => [name, NEEDED[name]!]);
  const isSized = operator.name === 'upsample' && 'size' in given;
  const besides = isSized ? {} : NEEDED_BY[operator.name];
  const all = { ...Object.fromEntries(needed), ...besides, ...given };
  const list = Object.entries(all).map(([name, value]) => `${name}: ${value}`);
  const call = (...operands: string[]) => `${operator.name}(${[...operands, ...list].join(', ')})`;
  const target = TENSOR_TARGETS.includes(operator.name) ? '[4]' : 'class(4)';
  const body = {
    layer: `y = ${operator.inputs === 1 ? `x -> ${call()}` : call('x', 'x')}\n  loss mean(y * y)`,
    loss: `y = x -> dense(4)\n  target t: ${target}\n  loss ${call('y', 't')}`,
    metric: `y = x -> dense(4)\n  target t: ${target}\n  loss mean(y)\n  metric ${call('y', 't')}`,
  };
  return `network N {\n  input image: [4, 6, 6]\n  x = image -> conv(4, 1x1)\n  ${body[operator.kind]}\n  output y\n}`;
}

const codesOf = (source: string): string[] =>
  diagnosed(source).diagnostics.flatMap(({ code, severity }) => (severity === 'error' ? [code] : []));

const written = ({ type, item }: AttributeSpec, value: number): string =>
  type === 'list' ? `[${new Array(item?.type === 'number' ? 4 : 2).fill(value).join(', ')}]` : `${value}`;

const specs = OPERATORS.flatMap((operator) =>
  operator.attributes
    .filter(({ type }) => type !== 'boolean' && type !== 'choice')
    .map((spec) => [`${spec.name} of ${operator.name}`, operator, spec] as const),
);
const isReal = ({ type, item }: AttributeSpec) => (item?.type ?? type) === 'number';
const reals = specs.filter(([, , spec]) => isReal(spec));
const wholes = specs.filter(([, , spec]) => !isReal(spec));

describe('numbers', () => {
  it.each(reals)('%s has bounds, and is refused beyond them', (_, operator, spec) => {
    const { minimum = Number.NaN, maximum = Number.NaN } = spec.item ?? spec;
    expect([minimum, maximum].every(Number.isFinite), 'minimum and maximum').toBe(true);
    const beyond = [minimum - 1, minimum - 1e-3, maximum * 1.001, maximum + 1, -1e30, 1e30, 1e300];
    const accepted = beyond.filter(
      (value) => codesOf(textOf(operator, { [spec.name]: written(spec, value) })).join() !== 'CNN2024',
    );
    expect(accepted).toEqual([]);
  });

  /** Two attributes of which the one is to be below the other, at a bound of either. */
  const CROSSED = 'CNN2054';

  it.each(reals)('%s gives finite numbers at its bounds', (_, operator, spec) => {
    const { minimum, maximum } = spec.item ?? spec;
    for (const value of [minimum!, maximum!]) {
      const source = textOf(operator, { [spec.name]: written(spec, value) });
      if (spec.type === 'list' && value === 0) {
        expect(codesOf(source)).toEqual(['CNN2024']);
        continue;
      }
      if (codesOf(source).join() === CROSSED) continue;
      const { outputs, gradients, loss } = runText(source, 'wasm', {}, 4);
      const found = [loss, ...outputs.get('y')!, ...[...gradients.values()].flat()];
      expect(
        found.filter((number) => !Number.isFinite(number)),
        `${spec.name}: ${value}`,
      ).toEqual([]);
    }
  });
});

/** What means something however large it is. */
const UNBOUNDED: Readonly<Record<string, string>> = {
  stride: 'beyond the map: the first window alone',
  dilation: 'a kernel of 1x1 has no taps to keep apart',
  step: 'beyond the end: the first element alone',
  'size of lrn': 'all channels take part',
};

describe('whole numbers', () => {
  const outcome = (operator: OperatorDefinition, spec: AttributeSpec, text: string) =>
    codesOf(textOf(operator, { [spec.name]: text }));

  it.each(wholes)('%s is not negative, broken, or beyond all sizes', (_, operator, spec) => {
    const refused = [-1, 0.5, -1e30, 1e30, 2 ** 31 + 1].map((value) => outcome(operator, spec, written(spec, value)));
    expect(refused.filter((codes) => codes.length !== 1 || !/^CNN[234]/.test(codes[0]!))).toEqual([]);
    if ((spec.minimum ?? 0) > 0) expect(outcome(operator, spec, written(spec, 0))).toEqual(['CNN2024']);
  });

  it.each(wholes)('%s, if large, is refused or known to mean something', (title, operator, spec) => {
    const accepted = [1000, 10 ** 6, 10 ** 9].filter(
      (value) => outcome(operator, spec, written(spec, value)).length === 0,
    );
    const isKnown = spec.name in UNBOUNDED || title in UNBOUNDED;
    if (!isKnown) expect(accepted.filter((value) => value > 10 ** 6)).toEqual([]);
  });
});

test('`start` of prelu and `init` say the same, so that one of them would be dropped', () => {
  const prelu = OPERATORS.find(({ name }) => name === 'prelu')!;
  expect(codesOf(textOf(prelu, { start: '0.1', init: 'zeros' }))).toEqual(['CNN2025']);
  expect(codesOf(textOf(prelu, { init: 'zeros' }))).toEqual([]);
});
