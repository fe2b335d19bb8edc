/** @file The tab that shows the network: its figures, its graph, and a table of its layers. */
import { shapeText, thousands } from '../../src/analysis/figure-texts.ts';
import { allBoxes, type Box, drawnLayers } from '../../src/drawing/boxes.ts';
import { showDetails, showHint } from '../../src/pages/report/details.ts';
import { element } from '../../src/pages/report/dom.ts';
import { GraphView } from '../../src/pages/report/graph-view.ts';
import type { NetworkReport } from '../../src/report/network-report.ts';
import { totalFigures } from '../../src/report/total-figures.ts';

export class NetworkView {
  readonly panel = element('div');
  readonly #none = element('p', { class: 'faint-text' }, 'The graph of the layers appears when there are some.');
  readonly #all = element('div');
  readonly #figures = element('div');
  readonly #graph = element('div');
  readonly #table = element('div', {
    class: 'table',
    tabindex: 0,
    role: 'region',
    'aria-label': 'the layers as a table',
  });
  #picture = '';

  constructor() {
    this.panel.append(this.#none, this.#all);
    this.#all.append(this.#figures, this.#graph, element('h2', {}, 'Layers'), this.#table);
    this.show(undefined);
  }

  show(report: NetworkReport | undefined): void {
    this.#none.hidden = report !== undefined;
    this.#all.hidden = report === undefined;
    if (!report) return;
    this.#figures.replaceChildren(totals(report));
    const picture = JSON.stringify(report.picture);
    // A graph of which nothing changed stays as it was opened, chosen and scrolled.
    if (picture !== this.#picture) this.#draw(report);
    this.#picture = picture;
    this.#table.replaceChildren(tableOf(report));
  }

  #draw(report: NetworkReport): void {
    const graph = element('div', {
      id: 'graph',
      class: 'scroll',
      tabindex: 0,
      role: 'region',
      'aria-label': 'the layers as a graph',
    });
    const details = element('aside', { id: 'details', 'aria-live': 'polite', 'aria-label': 'the chosen layer' });
    const tools = element('div', { id: 'tools', class: 'tools' });
    this.#graph.replaceChildren(tools, element('div', { class: 'columns' }, graph, details));
    const drawn = drawnLayers(report.picture.boxes);
    const boxes = new Map(allBoxes(report.picture.boxes).map((box) => [box.id, box]));
    const view = new GraphView(report.picture, (box) => tell(box));
    const tell = (box: Box, name = box.layers.at(-1)) => {
      const equal = report.layers.filter((layer) => drawn(layer.name) === box.id).map((layer) => layer.name);
      const choose = (layer: string) => {
        const found = boxes.get(drawn(layer));
        if (!found) return;
        view.show(found.id, true);
        tell(found, layer);
      };
      showDetails(report, { box, name, equal, choose });
    };
    showHint();
  }
}

function totals(report: NetworkReport): HTMLElement {
  const items = totalFigures(report).map(({ title, figure }) =>
    element('div', {}, element('dt', {}, title), element('dd', {}, figure)),
  );
  return element('dl', { class: 'totals' }, ...items);
}

const COLUMNS = ['layer', 'operator', 'output', 'parameters', 'multiply-adds', 'sees'];

function tableOf({ layers, summary: { totals } }: NetworkReport): HTMLElement {
  const head = element('tr', {}, ...COLUMNS.map((title) => element('th', { scope: 'col' }, title)));
  const rows = layers.map(({ name, operation, output, parameters, macs, receptiveField }) => {
    const cells = [
      operation,
      shapeText(output),
      thousands(parameters),
      thousands(macs),
      receptiveField.size?.join('x') ?? 'all',
    ];
    return element(
      'tr',
      {},
      element('th', { scope: 'row', class: 'mono' }, name),
      ...cells.map((text) => element('td', {}, text)),
    );
  });
  const sums = ['', '', thousands(totals.parameters), thousands(totals.macs), ''];
  const foot = element(
    'tr',
    {},
    element('th', { scope: 'row' }, 'all'),
    ...sums.map((text) => element('td', {}, text)),
  );
  const caption = element('caption', { class: 'hidden' }, 'layers with their shapes and figures');
  return element(
    'table',
    { class: 'figures' },
    caption,
    element('thead', {}, head),
    element('tbody', {}, ...rows),
    element('tfoot', {}, foot),
  );
}
