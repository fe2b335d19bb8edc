/** @file The figures of every example, pinned: `cnnc summary examples/NAME.cnn`. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { summaryTable } from '../../src/analysis/summary-text.ts';
import { compileSource } from '../../src/compile.ts';
import { summaryOf } from '../../src/report/summarize-module.ts';

const folder = new URL('../../examples/', import.meta.url);

describe('summary of', () => {
  it.each(readdirSync(folder).filter((name) => name.endsWith('.cnn')))('%s', async (name) => {
    const { elaboration, diagnostics } = compileSource(readFileSync(new URL(name, folder), 'utf8'), name);
    expect(diagnostics).toEqual([]);
    await expect(summaryTable(summaryOf(elaboration!))).toMatchFileSnapshot(`examples/${name.replace('.cnn', '.txt')}`);
  });
});
