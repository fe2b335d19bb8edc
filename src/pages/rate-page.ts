/** @file The page of `cnnc find-lr`: the curve of a range test, and the rate that it speaks for. */
import { figure } from '../common/figure.ts';
import { escaped } from '../drawing/svg.ts';
import type { RateReport } from '../report/propose-rate.ts';
import { CHART_STYLE, lineChart } from './line-chart.ts';
import { htmlPage } from './page.ts';

export function ratePage(report: RateReport): string {
  const { network, data, proposal, points, text } = report;
  const losses = points.map(({ smooth }) => smooth);
  const [start, low] = [losses[0]!, Math.min(...losses)];
  // What rises far above would leave the rest flat.
  const most = Math.min(Math.max(...losses), start + Math.max(start - low, Math.abs(start) / 2));
  const chart = lineChart({
    title: 'Loss of steps at growing learning rates',
    x: { label: 'learning rate', log: true },
    y: { label: 'loss', least: Math.min(low, ...points.map(({ loss }) => loss)), most },
    curves: [
      { name: 'of each step', faint: true, points: points.map(({ rate, loss }) => [rate, loss]) },
      { name: 'smoothed', points: points.map(({ rate, smooth }) => [rate, smooth]) },
    ],
    ...(proposal && { marks: [{ x: proposal.rate, label: `${proposal.rate}` }] }),
  });
  const rows = points.map(
    ({ rate, loss, smooth }) =>
      `<tr><td>${rate.toExponential(3)}</td><td>${figure(loss)}</td><td>${figure(smooth)}</td></tr>`,
  );
  return htmlPage({
    title: `learning rate of ${network}`,
    style: CHART_STYLE,
    body: `<header><h1>${escaped(network)}</h1><p>Learning rate range test on ${escaped(data)}</p></header>
<main>
${text.map((line) => `<p>${escaped(line)}</p>`).join('\n')}
${chart}
<details><summary>All figures</summary><table class="figures"><thead><tr><th>rate</th><th>loss</th><th>smoothed</th></tr></thead><tbody>${rows.join('')}</tbody></table></details>
</main>`,
  });
}
