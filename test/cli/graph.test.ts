/** @file `cnnc graph`: which form is written where. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { bundleProgram } from '../support/bundles.ts';
import { tiny } from './networks.ts';
import { run } from './recorder.ts';
import { cnnc, folderWith } from './run-cnnc.ts';

const folder = folderWith({ 'tiny.cnn': tiny });
const file = (name: string) => join(folder, name);
const graph = (...args: string[]) => run(['graph', file('tiny.cnn'), ...args]);

describe('graph', () => {
  it('writes an SVG beside the source', async () => {
    const { status, out, err } = await graph();
    expect([status, out]).toEqual([0, '']);
    expect(err).toMatch(/tiny\.svg: \d+\.\d KB for Tiny\n$/);
    expect(readFileSync(file('tiny.svg'), 'utf8')).toContain('hidden: dense');
  });

  it.each([
    ['a.svg', /^<svg /],
    ['a.dot', /^digraph "Tiny" \{/],
    ['a.gv', /^digraph /],
    ['a.mmd', /^flowchart TD\n/],
  ])('writes %s by its name', async (name, start) => {
    expect((await graph('-o', file(name))).status).toBe(0);
    expect(readFileSync(file(name), 'utf8')).toMatch(start);
  });

  it('prefers a form that is given', async () => {
    await graph('-o', file('b.svg'), '--format', 'dot');
    expect(readFileSync(file('b.svg'), 'utf8')).toMatch(/^digraph/);
    expect((await graph('-o', '-', '--format', 'mmd')).out).toMatch(/^flowchart/);
    expect((await run(['graph', '-'], tiny)).out).toMatch(/^<svg/);
  });

  it('knows no other form', async () => {
    const { status, err } = await graph('-o', file('c.jpg'));
    expect(status).toBe(1);
    expect(err).toContain('error[CNN4210]: `.jpg` is no form of a picture');
    expect(existsSync(file('c.jpg'))).toBe(false);
  });

  it.skipIf(!existsSync('node_modules/sharp'))('makes a PNG if sharp is there', async () => {
    // In a process of its own: other tests set sharp up for decoding.
    await bundleProgram();
    const { status, err } = await cnnc(['graph', file('tiny.cnn'), '-o', file('d.png')]);
    expect(err).toContain('d.png');
    expect(status).toBe(0);
    const bytes = readFileSync(file('d.png'));
    expect(bytes.subarray(1, 4).toString()).toBe('PNG');
    // Two pixels for each of the SVG.
    const width = Number(/ width="(\d+)"/.exec(readFileSync(file('tiny.svg'), 'utf8'))![1]);
    expect(bytes.readUInt32BE(16)).toBe(2 * width);
  });

  it('draws for another size of the input', async () => {
    expect((await graph('-o', '-', '--input', '1x32x32')).out).toContain('1x32x32');
  });
});
