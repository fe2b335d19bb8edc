/** @file A report as one page: it needs no other file and asks no other host. Its script draws what its data says. */
import { reportScript } from 'cnnc:pages';
import { DARK, escaped, LIGHT, pictureStyle } from '../drawing/svg.ts';
import type { NetworkReport } from '../report/network-report.ts';
import { totalFigures } from '../report/total-figures.ts';
import { htmlPage, type PageParts } from './page.ts';

/** What a page has beside the report. */
export type MoreParts = Pick<PageParts, 'data' | 'scriptSources'> & {
  readonly style: string;
  /** At the head of the page, as HTML. */
  readonly sections: string;
  readonly script: string;
};

export function reportPage(report: NetworkReport, more?: MoreParts): string {
  const { network } = report.summary;
  const dark = `@media (prefers-color-scheme: dark) {\n${pictureStyle(DARK)}\n}`;
  return htmlPage({
    title: network,
    style: `${pictureStyle(LIGHT)}\n${dark}\n${more?.style ?? ''}`,
    body: body(report, more?.sections),
    data: { report, ...more?.data },
    script: more ? `${reportScript}\n${more.script}` : reportScript,
    scriptSources: more?.scriptSources,
  });
}

function body(report: NetworkReport, sections = ''): string {
  return `<header>
<h1>${escaped(report.summary.network)}</h1>
<p>${escaped(report.file)}</p>
${totals(report)}
</header>
<main>
${sections}<section aria-labelledby="layers-title">
<h2 id="layers-title">Layers</h2>
<p>Blocks open and close when their names are clicked; a layer shows what there is to know about it.</p>
<div class="tools" id="tools"></div>
<div class="columns">
<div class="scroll" id="graph" tabindex="0" role="region" aria-label="the layers as a graph"></div>
<aside id="details" aria-live="polite"></aside>
</div>
</section>
<section aria-labelledby="fields-title" id="fields">
<h2 id="fields-title">What a place sees</h2>
</section>
<section aria-labelledby="costs-title" id="costs">
<h2 id="costs-title">Where the cost is</h2>
</section>
<section aria-labelledby="memory-title" id="memory">
<h2 id="memory-title">Memory over a step</h2>
</section>
<section aria-labelledby="findings-title" id="findings">
<h2 id="findings-title">Findings</h2>
</section>
<noscript><p>The figures are drawn by a script, which this browser does not run.</p></noscript>
</main>`;
}

function totals(report: NetworkReport): string {
  const items = totalFigures(report).map(
    ({ title, figure }) => `<div><dt>${escaped(title)}</dt><dd>${escaped(figure)}</dd></div>`,
  );
  return `<dl class="totals">${items.join('')}</dl>`;
}
