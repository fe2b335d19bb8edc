/** @file The networks that the language reference shows for targets, losses and metrics are whole: they compile. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { compileSource } from '../../src/compile.ts';

const page = readFileSync(new URL('../../grammar/README.md', import.meta.url), 'utf8');
const sections = page.slice(page.indexOf('## Targets'), page.indexOf('## Pipelines'));
const programs = [...sections.matchAll(/```cnn\n([\s\S]*?)```/g)].map(([, text]) => text!);
const networks = programs.flatMap((text) =>
  [...text.matchAll(/^network (\w+)/gm)].map(([, name]) => [name!, text] as const),
);

describe('networks of the reference', () => {
  it('are those of several inputs, no target, maps of classes, and side heads', () => {
    expect(networks.map(([name]) => name)).toEqual(['Segmenter', 'Autoencoder', 'Siamese', 'Helped']);
  });

  it.each(networks)('%s compiles', (network, text) => {
    const { diagnostics } = compileSource(text, 'reference.cnn', { network });
    expect(diagnostics.filter(({ severity }) => severity !== 'advice')).toEqual([]);
  });
});
