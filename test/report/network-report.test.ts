/** @file What the page of a report is made of: figures of the summary, mathematics of the gradient, lives of the plan. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { diagnostic } from '../../src/diagnostics/catalogue.ts';
import { allBoxes, drawnLayers } from '../../src/drawing/boxes.ts';
import { reportPage } from '../../src/pages/report-page.ts';
import { networkReport } from '../../src/report/network-report.ts';
import { summaryOf } from '../../src/report/summarize-module.ts';
import { elaborated } from '../semantics/elaborated.ts';

const entryOf = () => undefined;

function reportOf(text: string, set = {}) {
  const elaboration = elaborated(text, { set });
  const texts = new Map([['test.cnn', text]]);
  return { elaboration, report: networkReport({ elaboration, diagnostics: [], texts, entryOf }) };
}

const residual = `block Basic { return in + (in -> conv1: conv(4, 3x3, pad: same) -> relu) }
network Small {
  input image: [4, 8, 8]
  target label: class(3)
  x = image -> repeat(3) Basic
  logits = x -> globalavgpool -> head: dense(3)
  loss crossentropy(logits, label)
  output logits
}`;

describe('a report', () => {
  const { elaboration, report } = reportOf(residual);

  it('has the figures of the summary', () => {
    const { layers, ...rest } = summaryOf(elaboration);
    expect(report.summary).toEqual(rest);
    const figures = report.layers.map(({ source, formulas, gradients, operation, ...figures }) => figures);
    expect(figures).toEqual(layers);
  });

  it('has formulas and gradients of the layers that are drawn', () => {
    const drawn = drawnLayers(report.picture.boxes);
    for (const { name, formulas, gradients } of report.layers) {
      expect([name, formulas === undefined]).toEqual([name, drawn(name) !== name]);
      if (!formulas) continue;
      expect(formulas.length).toBeGreaterThan(0);
      for (const line of [...formulas, ...gradients!]) expect(line).toMatch(/^[\w.]+(\[[\w, ]*\])? = /);
    }
    const { gradients } = report.layers.find(({ name }) => name === 'head')!;
    expect(gradients).toContain('d.head.bias[o] = sum(batch) d.head[o]');
    expect(report.layers.find(({ name }) => name === 'head')!.source).toEqual({
      file: 'test.cnn',
      line: 6,
      text: '  logits = x -> globalavgpool -> head: dense(3)',
    });
  });

  it('leads a finding to its layer', () => {
    const start = residual.indexOf('dense(3)');
    const found = diagnostic('CNN2001', 'about this', { span: { file: 'test.cnn', start, end: start + 8 } });
    const { findings } = networkReport({ elaboration, diagnostics: [found], texts: new Map(), entryOf });
    expect(findings[0]).toMatchObject({ code: 'CNN2001', message: 'about this', layer: 'head' });
  });

  it('adds up what is alive, which the plan has room for', () => {
    const { steps, peak, alive, planned } = report.memory;
    const most = Math.max(...steps.map(({ bytes }) => bytes));
    expect(steps[peak]!.bytes).toBe(most);
    expect(alive.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(most);
    expect(planned).toBeGreaterThanOrEqual(most);
    expect(planned).toBe(summaryOf(elaboration).totals.memory.activations);
    expect(steps.some(({ title }) => title.includes('gradient of'))).toBe(true);
  });

  it('is made of a network without a loss', () => {
    const { report: bare } = reportOf('network Bare { input x: [1, 8, 8] y = x -> conv(2, 3x3) output y }');
    expect(bare.layers[0]!.formulas!.length).toBeGreaterThan(0);
    expect(bare.layers[0]!.gradients).toEqual([]);
    expect(allBoxes(bare.picture.boxes).map(({ id }) => id)).toEqual(['input:x', 'y']);
  });
});

describe('the page', () => {
  it('of ResNet-152 has less than 2 MB, and carries the licence of what it contains', () => {
    const { report } = reportOf(readFileSync('examples/zoo/resnet.cnn', 'utf8'), { depth: 152 });
    const page = reportPage(report);
    expect(page.length).toBeLessThan(2e6);
    expect(page).toContain('@dagrejs/dagre');
    expect(page).toContain('Permission is hereby granted');
  });

  it('shows texts of the network as texts', () => {
    const { report } = reportOf(residual);
    const page = reportPage({ ...report, file: '</script><script>alert(1)</script>' });
    expect(page).not.toContain('<script>alert(1)');
    expect(page.match(/<\/script>/g)).toHaveLength(2);
  });
});
