import { readdirSync, readFileSync } from 'node:fs';
import { it } from 'vitest';
import { compileSource } from '/work/w/lint/src/compile.ts';
import { PUBLISHED } from '/work/w/lint/test/zoo/published.ts';
import { PUBLISHED_SMALL } from '/work/w/lint/test/zoo/published-small.ts';

it('x', () => {
  const root = '/work/w/lint/examples/';
  const all = [
    ...readdirSync(root)
      .filter((n) => n.endsWith('.cnn'))
      .map((f) => ({ file: f.slice(0, -4), set: undefined, root })),
    ...[...PUBLISHED, ...PUBLISHED_SMALL].map((p) => ({ ...p, root: root + 'zoo/' })),
  ];
  for (const { file, set, root } of all) {
    const { diagnostics } = compileSource(readFileSync(`${root}${file}.cnn`, 'utf8'), file, { set: set as any });
    for (const d of diagnostics)
      console.log(file, JSON.stringify(set ?? {}), d.code, d.severity, d.message, '|', d.fix?.message);
  }
}, 120000);
