import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { compileSource, emitModule } from '../../src/compile.ts';

describe('the trainer module of LeNet, minified', () => {
  const source = readFileSync(new URL('../../examples/lenet.cnn', import.meta.url), 'utf8');
  const { elaboration } = compileSource(source, 'lenet.cnn');

  it('is at most 92 kB in JavaScript', async () => {
    const { code } = await emitModule(elaboration!, { target: 'js', minify: true });
    expect(code.length).toBeLessThanOrEqual(92_000);
  });

  it('is at most 51 kB in WebAssembly, gzipped', async () => {
    const { code } = await emitModule(elaboration!, { target: 'wasm', minify: true });
    expect(gzipSync(code).length).toBeLessThanOrEqual(51_000);
  });
});
