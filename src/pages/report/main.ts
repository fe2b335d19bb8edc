/** @file The script of the page of a report: it reads the data of the page and draws its parts. */
import { allBoxes, type Box, drawnLayers } from '../../drawing/boxes.ts';
import type { NetworkReport } from '../../report/network-report.ts';
import { addCostBars } from './cost-bars.ts';
import { showDetails, showHint } from './details.ts';
import { byId } from './dom.ts';
import { FieldView } from './field-view.ts';
import { addFindings } from './findings.ts';
import { GraphView } from './graph-view.ts';
import { addMemoryView } from './memory-view.ts';

const report = JSON.parse(byId('report').textContent!) as NetworkReport;
const boxes = new Map(allBoxes(report.picture.boxes).map((box) => [box.id, box]));
const drawn = drawnLayers(report.picture.boxes);
const fields = new FieldView(report);
const graph = new GraphView(report.picture, show);

/** What is known about a box; of the layer `name`, if the box stands for several. */
function show(box: Box, name = box.layers.at(-1)): void {
  const equal = report.layers.filter((layer) => drawn(layer.name) === box.id).map((layer) => layer.name);
  showDetails(report, { box, name, equal, choose });
  if (name !== undefined) fields.show(name);
}

function choose(name: string): void {
  const box = boxes.get(drawn(name));
  if (!box) return;
  graph.show(box.id, true);
  show(box, name);
}

showHint();
addCostBars(report, choose);
addMemoryView(report);
addFindings(report, choose);
