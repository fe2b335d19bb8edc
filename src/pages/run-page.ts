/** @file The page of a run: curves are drawn when it is written, pictures and maps by its script. It needs no other file. */
import { runScript } from 'cnnc:pages';
import { findColumn, USUAL_COLUMNS } from '../analysis/summary-columns.ts';
import { escaped } from '../drawing/svg.ts';
import type { ClassFigures } from '../report/class-figures.ts';
import type { Examined, RunReport } from '../report/run-report.ts';
import { CHART_STYLE } from './line-chart.ts';
import { htmlPage } from './page.ts';
import { runCharts } from './run-charts.ts';
import { watchCharts } from './watch-charts.ts';

/** Letters of the texts of a network that are shown. */
const MOST_SOURCE = 100_000;

/** `refresh`: seconds after which a browser reads the page again, while training goes on. */
export function runPage(report: RunReport, refresh?: number): string {
  const { examined } = report;
  const watched = watchCharts(report.rows);
  return htmlPage({
    title: `run of ${report.network}`,
    style: `${CHART_STYLE}${RUN_STYLE}`,
    ...(refresh !== undefined && { refresh }),
    body: `<header>
<h1>${escaped(report.network)}</h1>
<p>${escaped(report.place)}, trained on ${escaped(report.data)}</p>
${refresh === undefined ? '' : `<p role="status">Training goes on; this page is read again every ${refresh} seconds.</p>`}
${facts(report.facts)}
</header>
<main>
${warnings(report)}${section('curves', 'Curves', runCharts(report.rows))}${examined ? examinedSections(examined) : ''}
${watched ? section('watched', 'What the layers did', watched) : ''}${section('layers', 'Layers', layerTable(report))}
${sources(report)}
${examined ? '<noscript><p>The pictures are drawn by a script, which this browser does not run.</p></noscript>' : ''}
</main>`,
    ...(examined && { data: { examined }, script: runScript }),
  });
}

function section(id: string, title: string, content: string): string {
  return `<section aria-labelledby="${id}-title" id="${id}">\n<h2 id="${id}-title">${title}</h2>\n${content}\n</section>\n`;
}

function facts(rows: RunReport['facts']): string {
  const items = rows.map(([title, text]) => `<div><dt>${escaped(title)}</dt><dd>${escaped(text)}</dd></div>`);
  return `<dl class="totals">${items.join('')}</dl>`;
}

function warnings({ warnings }: RunReport): string {
  if (warnings.length === 0) return '';
  const items = warnings.map((text) => `<li class="warning"><p>${escaped(text)}</p></li>`);
  return section('warnings', 'What looks wrong', `<ul class="findings">${items.join('')}</ul>`);
}

function examinedSections({ figures, confusion, mistakes, filters, insides, images, kind }: Examined): string {
  const isDrawn = kind !== 'example';
  const scale =
    kind === 'signal' ? 'Up is much; the lines of each layer are' : 'Light is much, dark is little, each layer is';
  const parts = [
    figures &&
      section('classes', 'Classes', `<p>Of ${escaped(images)}, with the best weights.</p>${classTables(figures)}`),
    confusion &&
      section(
        'confusion',
        'Confusion matrix',
        `<p>Rows: what ${kind === 'picture' ? 'images' : `${kind}s`} show; columns: what they were taken for. A cell ${isDrawn ? `shows ${kind}s that` : 'tells which examples'} are in it.</p>
<div class="wide" id="matrix" tabindex="0" role="region" aria-label="table of confusions"></div><div id="cell" aria-live="polite"></div>`,
      ),
    mistakes.pictures.length > 0 &&
      section('mistakes', 'Worst mistakes', `<p>${escaped(mistakes.about)}</p><div class="pictures" id="worst"></div>`),
    filters && section('filters', `Filters of ${escaped(filters.layer)}`, '<div id="drawn-filters"></div>'),
    insides.length > 0 &&
      section(
        'inside',
        `What the layers make of ${isDrawn ? `a ${kind}` : 'an example'}`,
        `<p>${scale} on its own scale.${isDrawn ? ` The saliency is the magnitude of the gradient of the loss by each ${kind === 'signal' ? 'place' : 'pixel'}: where a change of the ${kind} would change the loss.` : ''}</p>
<div class="tools" id="chosen"></div><div id="maps"></div>`,
      ),
  ];
  return parts.filter(Boolean).join('');
}

function classTables({ classes, confusions }: ClassFigures): string {
  const share = (value: number | undefined) => (value === undefined ? '–' : `${(100 * value).toFixed(2)} %`);
  const rows = classes.map(
    ({ class: name, images, precision, recall, f1 }) =>
      `<tr><th scope="row">${escaped(`${name}`)}</th><td>${images}</td>${[precision, recall, f1].map((value) => `<td>${share(value)}</td>`).join('')}</tr>`,
  );
  const pairs = confusions
    .slice(0, 10)
    .map(
      (pair) =>
        `<tr><th scope="row">${escaped(`${pair.true}`)}</th><td>${escaped(`${pair.predicted}`)}</td><td>${pair.images}</td></tr>`,
    );
  const table = (head: readonly string[], body: readonly string[], label: string) =>
    `<div class="wide" tabindex="0" role="region" aria-label="${label}"><table class="figures"><thead><tr>${head.map((title) => `<th scope="col">${title}</th>`).join('')}</tr></thead><tbody>${body.join('')}</tbody></table></div>`;
  return `<div class="sides">${table(['class', 'images', 'precision', 'recall', 'F1'], rows, 'figures of the classes')}${
    pairs.length > 0 ? table(['shows', 'taken for', 'images'], pairs, 'largest confusions') : ''
  }</div>`;
}

function layerTable({ summary }: RunReport): string {
  const columns = USUAL_COLUMNS.map((name) => findColumn(name)!);
  const head = columns.map(({ title }) => `<th scope="col">${escaped(title)}</th>`).join('');
  const rows = summary.layers.map((layer) => {
    const [name, ...rest] = columns.map(({ text }) => escaped(text(layer)));
    return `<tr><th scope="row">${name}</th>${rest.map((text) => `<td>${text}</td>`).join('')}</tr>`;
  });
  return `<div class="wide" tabindex="0" role="region" aria-label="table of layers"><table class="figures"><thead><tr>${head}</tr></thead><tbody>${rows.join('')}</tbody></table></div>`;
}

function sources({ sources }: RunReport): string {
  if (sources.length === 0) return '';
  let left = MOST_SOURCE;
  const texts = sources.map(({ file, text }) => {
    const shown = text.slice(0, left);
    left -= shown.length;
    const rest = shown.length < text.length ? '\n…' : '';
    return `<h3>${escaped(file)}</h3><pre tabindex="0" role="region" aria-label="${escaped(file)}"><code>${escaped(shown + rest)}</code></pre>`;
  });
  return section('source', 'Source', texts.join('\n'));
}

const RUN_STYLE = `.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 28rem), 1fr)); gap: 0 1.5rem; }
.wide { overflow-x: auto; max-width: 100%; margin-bottom: 0.75rem; } .sides { display: flex; flex-wrap: wrap; gap: 0 3rem; }
.figures td { white-space: nowrap; } .figures th { font-weight: 400; text-align: left; } .figures thead th { font-weight: 600; color: var(--faint); text-align: right; } .figures thead th:first-child { text-align: left; }
.matrix { border-collapse: separate; border-spacing: 2px; font-variant-numeric: tabular-nums; font-size: 0.85rem; }
.matrix th { font-weight: 400; padding: 0 0.4rem; text-align: right; max-width: 10rem; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.matrix thead th { text-align: center; max-width: 5rem; }
.matrix td { padding: 0; } .matrix button { display: block; width: 100%; min-width: 2.6rem; border-radius: 3px; padding: 0 0.3rem; border-color: transparent; }
.matrix button[aria-pressed=true] { border-color: var(--ink); outline: 1px solid var(--ink); } .matrix .none { color: var(--faint); text-align: center; min-width: 2.6rem; }
.pictures { display: flex; flex-wrap: wrap; gap: 0.75rem; } .pictures figure { margin: 0; width: 7rem; break-inside: avoid; } .own figure { width: 10rem; } .own { margin-bottom: 0.5rem; }
figcaption { font-size: 0.8rem; overflow-wrap: anywhere; } .which { display: block; color: var(--faint); }
.lines { display: flex; flex-wrap: wrap; gap: 4px; } .lines svg { background: var(--panel); flex: none; } .lines polyline { fill: none; stroke: var(--accent); stroke-width: 1.2; }
canvas { image-rendering: pixelated; border-radius: 3px; max-width: 100%; display: block; }
.step { display: flex; flex-wrap: wrap; gap: 0.25rem 1rem; align-items: flex-start; border-top: 1px solid var(--line); padding: 0.4rem 0; break-inside: avoid; }
.step > p { width: 11rem; margin: 0; overflow-wrap: anywhere; } .step > p span { display: block; color: var(--faint); font-size: 0.8rem; } .step canvas { max-width: min(100%, 44rem); }
@media (max-width: 30rem) { #classes .figures { font-size: 0.8rem; } #classes :is(th, td) { padding: 0.1rem 0.3rem; } #classes :is(th, td):first-child { padding-left: 0; } }
@media print { .matrix button, .legend li::before { print-color-adjust: exact; } .tools, nav { display: none; } pre { white-space: pre-wrap; overflow: visible; } .wide { overflow: visible; } h2 { break-after: avoid; } }
`;
