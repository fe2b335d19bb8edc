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
    [93_500, 50_500, 'wasm', {}],
    [91_000, 50_000, 'wasm', { minify: true }],
    [67_000, 31_800, 'wasm', { minify: true, program: false }],
    [121_500, 43_300, 'js', {}],
    [85_000, 40_000, 'js', { minify: true }],
    [61_200, 22_000, 'js', { minify: true, program: false }],
  ])('has at most %i bytes, %i gzipped: %s %j', async (most, mostGzipped, target, options) => {
    const { code } = await emitModule(elaboration!, { target, ...options });
    expect(Buffer.byteLength(code)).toBeLessThanOrEqual(most);
    expect(gzipSync(code).length).toBeLessThanOrEqual(mostGzipped);
  });
});
