/** @file How many bytes the trainer module of LeNet has, as it is written and gzipped. */
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { compileSource, emitModule } from '../../src/compile.ts';
import type { TargetName } from '../../src/targets/target.ts';

describe('the trainer module of LeNet', () => {
  const source = readFileSync(new URL('../../examples/lenet.cnn', import.meta.url), 'utf8');
  const { elaboration } = compileSource(source, 'lenet.cnn');

  it.each<[most: number, mostGzipped: number, target: TargetName, options: { minify?: boolean; program?: boolean }]>([
    [99_200, 56_000, 'wasm', {}],
    [96_300, 55_400, 'wasm', { minify: true }],
    [66_400, 32_600, 'wasm', { minify: true, program: false }],
    [129_000, 50_300, 'js', {}],
    [93_200, 47_200, 'js', { minify: true }],
    [63_200, 24_100, 'js', { minify: true, program: false }],
  ])('has at most %i bytes, %i gzipped: %s %j', async (most, mostGzipped, target, options) => {
    const { code } = await emitModule(elaboration!, { target, ...options });
    expect(Buffer.byteLength(code)).toBeLessThanOrEqual(most);
    expect(gzipSync(code).length).toBeLessThanOrEqual(mostGzipped);
  });
});
