/** @file What the package exports: its types show nothing of the compiler, its functions say what the commands say. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
// @ts-expect-error plain JavaScript shared with scripts/build.mjs
import { declarations } from '../../scripts/declarations.mjs';
import * as cnnc from '../../src/index.ts';

const lenet = readFileSync(new URL('../../examples/lenet.cnn', import.meta.url), 'utf8');

it('declares its own types and no others', () => {
  const files: Map<string, string> = declarations('src/index.ts');
  expect([...files.keys()]).toEqual(['src/index.ts', 'src/api/types.ts', 'src/diagnostics/diagnostic.ts']);
  const facade = files.get('src/index.ts')!;
  const values = [...facade.matchAll(/^export declare (?:const|function) (\w+)/gm)].map(([, name]) => name!);
  expect([...values, 'DiagnosticError'].sort()).toEqual(Object.keys(cnnc).sort());
  const lines = facade.split('\n');
  const told = lines.filter((line, k) => line.startsWith('export declare') && lines[k - 1]!.trim().endsWith('*/'));
  expect(told.length).toBe(values.length);
});

it('checks, summarises and compiles', async () => {
  const { network, diagnostics } = cnnc.check(lenet, { file: 'lenet.cnn' });
  expect(diagnostics).toEqual([]);
  expect(network).toEqual({ name: 'LeNet5', inputs: { image: [1, 28, 28] }, outputs: { probs: [10] }, hasLoss: true });
  expect(cnnc.summary(network!, { batch: 8 })).toMatchObject({ batch: 8, totals: { parameters: 61706, macs: 416520 } });
  const { code, maxBatch } = await cnnc.compile(network!, { target: 'js', maxBatch: 16, program: false });
  expect([maxBatch, code.includes(`made by cnnc ${cnnc.version}`)]).toEqual([16, true]);
  expect(cnnc.gradients(network!)).toContain('d loss / d conv1.weight');
  expect(() => cnnc.summary({ ...network! })).toThrow('not a network that `check` returned');
});

it('takes options, and reads imports through the caller', () => {
  const read = (path: string, from: string) => ({
    file: path,
    text: `block Two(n = 2) { return in -> dense(n) } // ${from}`,
  });
  const text = 'import { Two } from "./two.cnn"\nnetwork N(n = 3) { input x: [4]  output y = x -> Two(n) }';
  const { network } = cnnc.check(text, { set: { n: 5 }, inputs: { x: [6] }, read });
  expect(network).toMatchObject({ inputs: { x: [6] }, outputs: { y: [5] }, hasLoss: false });
  expect(() => cnnc.checkGradients(network!)).toThrow(cnnc.DiagnosticError);
});

it('gives advice, formats and explains', () => {
  const text = 'network N { input x: [1, 4, 4]  output y = x -> conv(3, 3x3) -> batchnorm }';
  const { network, diagnostics } = cnnc.check(text);
  expect(diagnostics.map(({ code }) => code)).toContain('CNN5001');
  expect(cnnc.advise(network!).length).toBeGreaterThan(0);
  expect(cnnc.format('network  N{input x:[4]  output y=x->dense(2)}')).toContain('  output y = x -> dense(2)\n');
  expect([cnnc.format('network {'), cnnc.check('network {').network]).toEqual([undefined, undefined]);
  expect(cnnc.explain('2001')).toEqual(cnnc.explain('CNN2001'));
  expect(cnnc.explain('CNN2001')!.title).toBe('unknown name');
  expect(cnnc.explain('CNN5001')!.severity).toBe('advice');
  expect(cnnc.explain('CNN0000')).toBeUndefined();
});
