/** @file Networks of the zoo that exist in several depths refuse all others. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { compileSource } from '../../src/compile.ts';

test.each([
  ['resnet', 'depth', 7],
  ['cifar-resnet', 'depth', 21],
  ['cifar-resnet', 'depth', 2],
  ['wideresnet', 'depth', 30],
  ['vgg', 'depth', 17],
  ['squeezenet', 'version', 1.2],
])('%s --set %s=%d', (file, name, value) => {
  const text = readFileSync(new URL(`../../examples/zoo/${file}.cnn`, import.meta.url), 'utf8');
  const { elaboration, diagnostics } = compileSource(text, `${file}.cnn`, { set: { [name]: value } });
  expect(elaboration).toBeUndefined();
  const { start, end } = diagnostics.find(({ code }) => code === 'CNN2042')!.span!;
  expect(text.slice(start, end)).toMatch(new RegExp(`${name}|^n `));
});
