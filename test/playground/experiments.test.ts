/** @file The experiments are sound programs in the one layout, and end as they say: where they were measured by what each does at the start. */
import { describe, expect, it } from 'vitest';
import { EXPERIMENTS } from '../../playground/src/experiments.ts';
import { check, format, summary } from '../../src/index.ts';

const all = EXPERIMENTS.flatMap(({ id, variants }) => variants.map(({ name, text }) => ({ id, name, text })));
const textOf = (id: string, name: string) => all.find((one) => one.id === id && one.name === name)!.text;
const parametersOf = (id: string, name: string) => summary(check(textOf(id, name)).network!).totals.parameters;

describe('the experiments', () => {
  it.each(all)('$id: $name is formatted and has no mistakes', ({ text }) => {
    expect(format(text)).toBe(text);
    expect(check(text).diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  });

  it('are told by the compiler itself, where it knows better', () => {
    const codes = (id: string, name: string) => check(textOf(id, name)).diagnostics.map(({ code }) => code);
    expect(codes('ones-init', 'ones')).toContain('CNN5002');
    expect(codes('depth', 'sigmoid')).toContain('CNN5003');
    expect(codes('depth', 'relu')).toEqual([]);
    expect(codes('local', 'local')).toContain('CNN5017');
  });

  it('have the numbers of weights that their texts name', () => {
    expect(parametersOf('local', 'local')).toBeCloseTo(84_000, -3);
    expect(parametersOf('local', 'conv')).toBeCloseTo(6_000, -3);
    expect(parametersOf('pooling', 'flatten') - parametersOf('pooling', 'globalavgpool')).toBe(15_690 - 330);
    expect(parametersOf('dropout', 'dropout')).toBeCloseTo(270_000, -4);
    expect(
      new Set(['valid', 'same', 'full', 'strided', 'dilated'].map((name) => parametersOf('windows', name))).size,
    ).toBe(1);
  });
});
