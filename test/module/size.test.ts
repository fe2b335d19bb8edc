/** @file How many bytes trainer modules have, as they are written and gzipped. */
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { compileSource, emitModule } from '../../src/compile.ts';
import type { TargetName } from '../../src/targets/target.ts';

type Options = { minify?: boolean; program?: boolean };

/** What users put into pages. */
const SMALL: Options = { minify: true, program: false };

// 62,730 for LeNet and 45,753 for the linear network are 5 % above what these modules had, their program within, when few of
// today's abilities were there: see the tables of `docs/decisions.md`.
describe.each<[example: string, rows: [most: number, mostGzipped: number, target: TargetName, options: Options][]]>([
  [
    'lenet',
    [
      [99_400, 56_000, 'wasm', {}],
      [96_500, 55_400, 'wasm', { minify: true }],
      [66_600, 32_600, 'wasm', SMALL],
      [129_000, 50_300, 'js', {}],
      [93_200, 47_200, 'js', { minify: true }],
      [62_730, 24_100, 'js', SMALL],
    ],
  ],
  [
    'linear',
    [
      [45_753, 21_400, 'wasm', SMALL],
      [45_540, 18_900, 'js', SMALL],
    ],
  ],
])('the trainer module of %s', (example, rows) => {
  const source = readFileSync(new URL(`../../examples/${example}.cnn`, import.meta.url), 'utf8');
  const { elaboration } = compileSource(source, `${example}.cnn`);

  it.each(rows)('has at most %i bytes, %i gzipped: %s %j', async (most, mostGzipped, target, options) => {
    const { code } = await emitModule(elaboration!, { target, ...options });
    expect(Buffer.byteLength(code)).toBeLessThanOrEqual(most);
    expect(gzipSync(code).length).toBeLessThanOrEqual(mostGzipped);
  });
});
