/** @file `cnnc diff`: which two networks are compared, and in what form. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { tiny } from './networks.ts';
import { run } from './recorder.ts';
import { folderWith } from './run-cnnc.ts';

const folder = folderWith({
  'old.cnn': tiny,
  'new.cnn': tiny.replace('relu', 'tanh'),
  'broken.cnn': tiny.replace('relu', 'rellu'),
});
const file = (name: string) => join(folder, name);
const diff = (...args: string[]) => run(['diff', ...args]);

describe('diff', () => {
  it('compares two files', async () => {
    const { status, out, err } = await diff(file('old.cnn'), file('new.cnn'));
    expect([status, err]).toEqual([0, '']);
    expect(out).toContain('+ logits.tanh\n    tanh, 4, 0 parameters, 0 MACs');
    expect(out).toContain('- logits.relu\n');
  });

  it('compares two settings of one file', async () => {
    const set = ['--set-before', 'units=3', '--set-after', 'units=5'];
    const { out } = await diff(file('old.cnn'), ...set, '--json');
    const { layers, totals } = JSON.parse(out);
    expect(layers.map(({ name, change }: Record<string, string>) => [name, change])).toEqual([
      ['hidden', 'changed'],
      ['logits.relu', 'changed'],
      ['out', 'changed'],
    ]);
    expect(layers[0].before.output).toEqual([3]);
    expect(layers[0].after.output).toEqual([5]);
    expect(totals.after.parameters - totals.before.parameters).toBe(2 * (785 + 10));
    expect((await diff(file('old.cnn'), ...set)).out).toContain('Tiny, units=3 -> ');
    expect((await diff(file('old.cnn'), ...set, '--md')).out).toMatch(/^\*\*.*Tiny, units=5\*\*\n/);
  });

  it('compares two files at one setting', async () => {
    const { out } = await diff(file('old.cnn'), file('new.cnn'), '--set', 'units=7', '--json');
    const added = JSON.parse(out).layers.find(({ change }: { change: string }) => change === 'added');
    expect(added.after.output).toEqual([7]);
  });

  it('writes a page', async () => {
    const { out } = await diff(file('old.cnn'), '--set-after', 'units=9', '--html', '-');
    expect(out).toMatch(/^<!doctype html>/);
    expect(out).toContain('<mark>9</mark>');
    expect((await diff(file('old.cnn'), file('new.cnn'), '--html', '-', '--json')).status).toBe(2);
  });

  it('wants something to compare', async () => {
    const { status, err } = await diff(file('old.cnn'));
    expect(status).toBe(2);
    expect(err).toContain('name a second file');
  });

  it('tells the errors of both files', async () => {
    const { status, out, err } = await diff(file('broken.cnn'), file('missing.cnn'));
    expect([status, out]).toEqual([1, '']);
    expect(err).toContain('rellu');
    expect(err).toContain('CNN4201');
  });
});
