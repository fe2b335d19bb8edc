/**
 * @file A page with everything: the network as it was trained, which reads what is drawn into the page, its program, module
 * and weights, the curves of its training, and the report. It opens from a disk.
 */
import { tryItScript } from 'cnnc:try-it';
import { reportPage } from '../../../src/pages/report-page.ts';
import type { NetworkReport } from '../../../src/report/network-report.ts';

/** What the script of the page reads. */
export interface Everything {
  readonly name: string;
  readonly program: string;
  /** The trainer module. */
  readonly code: string;
  /** As a safetensors file in base64. */
  readonly weights: string;
  /** By number; none where the network tells no classes apart. */
  readonly classes: readonly string[];
}

const STYLE = `.try { display: flex; flex-wrap: wrap; gap: 1rem 2rem; } .try > :last-child { flex: 1; min-width: 14rem; }
.pad { border: 1px solid var(--line); border-radius: 8px; background: var(--panel); touch-action: none; cursor: crosshair; display: block; max-width: 100%; }
.pad-box { display: grid; gap: 0.5rem; justify-items: start; }
.scores div { display: grid; grid-template-columns: minmax(1.5rem, max-content) minmax(0, 1fr) 3rem; gap: 0.5rem; align-items: center; font-variant-numeric: tabular-nums; }
.scores .bar { height: 0.7rem; background: var(--bar); border-radius: 3px; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(18rem, 100%), 1fr)); gap: 1rem; }
`;

/** `charts`: curves of the training, as HTML. */
export function everythingPage(report: NetworkReport, everything: Everything, charts: string, style: string): string {
  const section = (id: string, title: string, content = '') =>
    `<section aria-labelledby="${id}-title" id="${id}">\n<h2 id="${id}-title">${title}</h2>\n${content}</section>\n`;
  const training = charts && section('training', 'How it was trained', `<div class="charts">${charts}</div>\n`);
  return reportPage(report, {
    style: `${style}${STYLE}`,
    sections: `${section('try', 'Try it')}${training}${section('take', 'Program, module and weights')}`,
    data: { everything },
    script: tryItScript,
    scriptSources: "blob: 'wasm-unsafe-eval'",
  });
}
