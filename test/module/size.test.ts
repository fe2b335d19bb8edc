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
    [99_300, 57_000, 'wasm', {}],
    [102_800, 55_800, 'wasm', { minify: true }],
    [73_200, 33_400, 'wasm', { minify: true, program: false }],
    [135_000, 51_000, 'js', {}],
    [99_200, 48_000, 'js', { minify: true }],
    [69_600, 25_100, 'js', { minify: true, program: false }],
  ])('has at most %i bytes, %i gzipped: %s %j', async (most, mostGzipped, target, options) => {
    const { code } = await emitModule(elaboration!, { target, ...options });
    expect(Buffer.byteLength(code)).toBeLessThanOrEqual(most);
    expect(gzipSync(code).length).toBeLessThanOrEqual(mostGzipped);
  });
});
