/** @file What there is to know about one layer, or about a block. */
import { operatorText } from '../../analysis/layer-window.ts';
import { bytes, shapeText, thousands } from '../../analysis/summary-columns.ts';
import type { Box } from '../../drawing/boxes.ts';
import type { NetworkReport, ReportLayer } from '../../report/network-report.ts';
import { byId, element, facts } from './dom.ts';

export function showDetails({ layers, findings }: NetworkReport, box: Box): void {
  const byName = new Map(layers.map((layer) => [layer.name, layer]));
  const own = box.layers.flatMap((name) => byName.get(name) ?? []);
  const parts = box.kind === 'layer' ? layerParts(own) : box.kind === 'block' ? blockParts(box, own) : [];
  const about = findings.filter(({ layer }) => layer !== undefined && box.layers.includes(layer));
  const told = about.map(({ code, message }) => element('p', {}, element('code', {}, code), ` ${message}`));
  byId('details').replaceChildren(element('h3', { class: 'mono' }, box.title.split(':')[0]!), ...parts, ...told);
}

/** Before something is chosen. */
export function showHint(): void {
  byId('details').replaceChildren(element('p', { class: 'faint-text' }, 'Choose a layer or a block in the graph.'));
}

/** Of a layer that stands for equal ones: all are named, the first one is shown. */
function layerParts(layers: readonly ReportLayer[]): Node[] {
  const [layer] = layers;
  if (!layer) return [];
  const { source, formulas = [], gradients = [] } = layer;
  const parts: Node[] = [facts(layerFacts(layer))];
  if (formulas.length > 0) parts.push(element('h4', {}, 'What it computes'), code(formulas.join('\n')));
  if (gradients.length > 0) parts.push(element('h4', {}, 'Its gradient'), code(gradients.join('\n')));
  if (source.text) parts.push(element('h4', {}, `${source.file}:${source.line}`), code(source.text.trim()));
  return parts;
}

function code(text: string): HTMLElement {
  return element('pre', { tabindex: 0 }, text);
}

function layerFacts(layer: ReportLayer): [string, string][] {
  const { op, attributes, inputs, output, parameters, macs, flops, memory, receptiveField } = layer;
  const { size, smallest, stride, padding } = receptiveField;
  const seen: [string, string][] = size
    ? [
        ['sees', `${size.join('x')} pixels${`${smallest}` === `${size}` ? '' : `, at least ${smallest.join('x')}`}`],
        ['a place every', `${stride.join('x')} pixels, the first begins ${padding.join('x')} outside`],
      ]
    : [['sees', 'the whole input']];
  return [
    ['operator', operatorText(op, attributes)],
    ...attributeRows(attributes),
    ['reads', inputs.map(shapeText).join(', ')],
    ['output', shapeText(output)],
    ['parameters', thousands(parameters)],
    ['multiply-adds', thousands(macs)],
    ['FLOPs', `${thousands(flops.forward)} forward, ${thousands(flops.backward)} backward`],
    ['memory', `${bytes(memory.output)} an image`],
    ...seen,
  ];
}

function attributeRows(attributes: ReportLayer['attributes']): [string, string][] {
  const rows = Object.entries(attributes).filter(([, value]) => value !== undefined);
  return rows.map(([name, value]) => [`· ${name}`, Array.isArray(value) ? value.join('x') : String(value)]);
}

function blockParts({ count = 1 }: Box, layers: readonly ReportLayer[]): Node[] {
  const sum = (figure: (layer: ReportLayer) => number) => layers.reduce((total, layer) => total + figure(layer), 0);
  const [last] = layers.slice(-1);
  return [
    facts([
      ['layers', `${layers.length}${count > 1 ? `, in ${count} equal blocks` : ''}`],
      ['output', shapeText(last?.output ?? [])],
      ['parameters', thousands(sum(({ parameters }) => parameters))],
      ['multiply-adds', thousands(sum(({ macs }) => macs))],
      [
        'FLOPs',
        `${thousands(sum(({ flops }) => flops.forward))} forward, ${thousands(sum(({ flops }) => flops.backward))} backward`,
      ],
      ['memory', `${bytes(sum(({ memory }) => memory.output))} an image, of all results`],
    ]),
  ];
}
