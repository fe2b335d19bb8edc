/** @file The script of the page of a report: it reads the data of the page and draws its parts. */
import { allBoxes } from '../../drawing/boxes.ts';
import type { NetworkReport } from '../../report/network-report.ts';
import { addCostBars } from './cost-bars.ts';
import { showDetails, showHint } from './details.ts';
import { byId } from './dom.ts';
import { FieldView } from './field-view.ts';
import { addFindings } from './findings.ts';
import { GraphView } from './graph-view.ts';
import { addMemoryView } from './memory-view.ts';

const report = JSON.parse(byId('report').textContent!) as NetworkReport;
const fields = new FieldView(report);
const graph = new GraphView(report.picture, (box) => {
  showDetails(report, box);
  if (box.layers[0] !== undefined) fields.show(box.layers.at(-1)!);
});

/** The box that stands for a layer: itself, or the one of an equal block. */
function choose(name: string): void {
  const leaves = allBoxes(report.picture.boxes).filter(({ kind }) => kind === 'layer');
  const blocks = allBoxes(report.picture.boxes).filter(({ kind, layers }) => kind === 'block' && layers.includes(name));
  const box = leaves.find(({ id }) => id === name) ?? blocks.at(-1);
  if (!box) return;
  graph.show(box.id, true);
  showDetails(report, box);
  fields.show(name);
}

showHint();
addCostBars(report, choose);
addMemoryView(report);
addFindings(report, choose);
