/** @file Two networks side by side as a page of its own, without a script: equal layers in a row are folded. */
import { type AlignedLayers, alignLayers, isSame } from '../analysis/compare.ts';
import { attributeDifferences, relative, TOTALS } from '../analysis/compare-text.ts';
import { shapeText, thousands } from '../analysis/figure-texts.ts';
import { operatorText } from '../analysis/layer-window.ts';
import type { LayerSummary, Summary } from '../analysis/summary.ts';
import { escaped } from '../drawing/svg.ts';
import { REPORT_STYLE } from './report-style.ts';

/** Shorter rows of equal layers are shown. */
const LEAST_FOLDED = 5;

export interface Side {
  readonly title: string;
  readonly summary: Summary;
}

export function diffPage(before: Side, after: Side): string {
  const rows = alignLayers(before.summary.layers, after.summary.layers);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<link rel="icon" href="data:,">
<title>${escaped(before.title)} → ${escaped(after.title)}</title>
<style>
${REPORT_STYLE}${DIFF_STYLE}
</style>
</head>
<body>
<main>
<h1>${escaped(before.title)} → ${escaped(after.title)}</h1>
<h2>In total</h2>
${totalTable(before.summary.totals, after.summary.totals)}
<h2>Layers</h2>
<div class="sides"><strong>before</strong><strong>after</strong></div>
${runsOf(rows).map(runText).join('\n')}
</main>
</body>
</html>
`;
}

const DIFF_STYLE = `h1 { overflow-wrap: anywhere; }
table { border-collapse: collapse; } td, th { padding: 0.15rem 0.75rem; text-align: right; font-variant-numeric: tabular-nums; }
td:first-child, th:first-child { text-align: left; } tr { border-bottom: 1px solid var(--line); }
.wide { overflow-x: auto; }
.sides { display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); gap: 0.5rem; border-top: 1px solid var(--line); padding: 0.25rem 0; }
.sides > * { border-left: 4px solid transparent; padding: 0 0.5rem; overflow-wrap: anywhere; }
.layer { margin: 0; } .layer b { font-weight: 600; } .layer span { display: block; color: var(--faint); font-size: 0.85rem; }
.added > :last-child { border-color: #2e8b57; } .gone > :first-child { border-color: var(--error); }
.changed > * { border-color: var(--warning); } mark { background: none; color: inherit; text-decoration: underline; text-decoration-thickness: 2px; }
summary { cursor: pointer; color: var(--faint); padding: 0.25rem 0.5rem; }
`;

function totalTable(before: Summary['totals'], after: Summary['totals']): string {
  const rows = TOTALS.map(([title, figure, unit]) => {
    const [one, other] = [figure(before), figure(after)];
    return `<tr><th scope="row">${title}</th><td>${unit(one)}</td><td>${unit(other)}</td><td>${relative(one, other)}</td></tr>`;
  });
  const head = '<tr><td></td><th scope="col">before</th><th scope="col">after</th><th scope="col">change</th></tr>';
  return `<div class="wide" tabindex="0" role="region" aria-label="totals"><table>${head}${rows.join('')}</table></div>`;
}

type Kind = 'same' | 'added' | 'gone' | 'changed';

function kindOf({ before, after }: AlignedLayers): Kind {
  if (!before) return 'added';
  if (!after) return 'gone';
  return isSame(before, after) ? 'same' : 'changed';
}

/** Rows of one kind in a row. */
function runsOf(rows: readonly AlignedLayers[]): { readonly kind: Kind; readonly rows: AlignedLayers[] }[] {
  const runs: { kind: Kind; rows: AlignedLayers[] }[] = [];
  for (const row of rows) {
    const kind = kindOf(row);
    const last = runs.at(-1);
    if (last?.kind === kind) last.rows.push(row);
    else runs.push({ kind, rows: [row] });
  }
  return runs;
}

function runText({ kind, rows }: { readonly kind: Kind; readonly rows: readonly AlignedLayers[] }): string {
  const lines = rows.map(({ before, after }) => {
    const sides = [layerText(before, after), layerText(after, before)];
    return `<div class="sides ${kind}">${sides.join('')}</div>`;
  });
  const text = lines.join('\n');
  if (kind !== 'same' || rows.length < LEAST_FOLDED) return text;
  return `<details><summary>${rows.length} layers are the same</summary>\n${text}\n</details>`;
}

/** What differs from the other side is marked. */
function layerText(layer: LayerSummary | null, other: LayerSummary | null): string {
  if (!layer) return '<p class="layer"></p>';
  const marked = (text: (one: LayerSummary) => string) => {
    const own = escaped(text(layer));
    return other && text(other) !== text(layer) ? `<mark>${own}</mark>` : own;
  };
  const attributes = other ? attributeDifferences(layer, other) : [];
  const parts = [
    marked(({ op, attributes }) => operatorText(op, attributes)),
    ...attributes.map(({ title, before }) => `<mark>${escaped(`${title} ${before}`)}</mark>`),
    marked(({ output }) => shapeText(output)),
    marked(({ parameters }) => `${thousands(parameters)} parameters`),
    marked(({ macs }) => `${thousands(macs)} MACs`),
    marked(({ receptiveField: { size } }) => `sees ${size?.join('x') ?? 'all'}`),
  ];
  return `<p class="layer"><b class="mono">${marked(({ name }) => name)}</b><span>${parts.join(' · ')}</span></p>`;
}
