/** @file How many bytes the trainer module of LeNet has, as it is written and gzipped. */
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { compileSource, emitModule } from '../../src/compile.ts';
import type { TargetName } from '../../src/targets/targets.ts';

describe('the trainer module of LeNet', () => {
  const source = readFileSync(new URL('../../examples/lenet.cnn', import.meta.url), 'utf8');
  const { elaboration } = compileSource(source, 'lenet.cnn');

  it.each<[most: number, mostGzipped: number, target: TargetName, options: { minify?: boolean; program?: boolean }]>([
    [101_500, 55_000, 'wasm', {}],
    [98_900, 54_300, 'wasm', { minify: true }],
    [69_800, 32_300, 'wasm', { minify: true, program: false }],
    [131_500, 49_400, 'js', {}],
    [95_400, 46_300, 'js', { minify: true }],
    [66_200, 24_000, 'js', { minify: true, program: false }],
  ])('has at most %i bytes, %i gzipped: %s %j', async (most, mostGzipped, target, options) => {
    const { code } = await emitModule(elaboration!, { target, ...options });
    expect(Buffer.byteLength(code)).toBeLessThanOrEqual(most);
    expect(gzipSync(code).length).toBeLessThanOrEqual(mostGzipped);
  });
});
