/** @file What there is to know about one layer, or about a block. */
import { bytes, shapeText, thousands } from '../../analysis/figure-texts.ts';
import { type Box, textOf } from '../../drawing/boxes.ts';
import type { NetworkReport, ReportLayer } from '../../report/network-report.ts';
import { byId, choice, element, facts } from './dom.ts';

export interface Chosen {
  readonly box: Box;
  /** The layer that was chosen; of a block one of its own. */
  readonly name: string | undefined;
  /** All layers that the box stands for. */
  readonly equal: readonly string[];
  readonly choose: (name: string) => void;
}

export function showDetails({ layers, findings }: NetworkReport, { box, name, equal, choose }: Chosen): void {
  const byName = new Map(layers.map((layer) => [layer.name, layer]));
  const isLayer = box.kind === 'layer';
  const own = (isLayer ? [name!] : box.layers).flatMap((one) => byName.get(one) ?? []);
  const parts = isLayer ? layerParts(own[0]!, byName.get(box.id)!) : box.kind === 'block' ? blockParts(box, own) : [];
  const told = findings
    .filter(({ layer }) => layer !== undefined && (isLayer ? equal : box.layers).includes(layer))
    .map(({ code, message }) => element('p', {}, element('code', {}, code), ` ${message}`));
  const title = isLayer ? name! : box.places ? textOf(box.places, 'path') : box.title;
  byId('details').replaceChildren(
    element('h3', { class: 'mono' }, title),
    ...twins(name, equal, choose),
    ...parts,
    ...told,
  );
}

/** A choice among the layers that the box stands for. */
function twins(name: string | undefined, equal: readonly string[], choose: (name: string) => void): Node[] {
  if (equal.length < 2) return [];
  const { label, select } = choice(`One of ${equal.length} equal layers:`, equal, (index) => choose(equal[index]!));
  select.selectedIndex = equal.indexOf(name!);
  return [element('p', {}, label)];
}

/** Before something is chosen. */
export function showHint(): void {
  byId('details').replaceChildren(element('p', { class: 'faint-text' }, 'Choose a layer or a block in the graph.'));
}

/** `drawn` has the formulas of all that are equal to it. */
function layerParts(layer: ReportLayer, drawn: ReportLayer): Node[] {
  const { source } = layer;
  const { formulas = [], gradients = [] } = drawn;
  const parts: Node[] = [facts(layerFacts(layer))];
  const of = drawn === layer ? '' : ` (as ${drawn.name})`;
  if (formulas.length > 0) parts.push(element('h4', {}, `What it computes${of}`), code(formulas.join('\n')));
  if (gradients.length > 0) parts.push(element('h4', {}, `Its gradient${of}`), code(gradients.join('\n')));
  if (source.text) parts.push(element('h4', {}, `${source.file}:${source.line}`), code(source.text.trim()));
  return parts;
}

function code(text: string): HTMLElement {
  return element('pre', { tabindex: 0 }, text);
}

function layerFacts(layer: ReportLayer): [string, string][] {
  const { operation, attributes, inputs, output, parameters, macs, flops, memory, receptiveField } = layer;
  const { size, smallest, stride, padding } = receptiveField;
  const seen: [string, string][] = size
    ? [
        ['sees', `${size.join('x')} pixels${`${smallest}` === `${size}` ? '' : `, at least ${smallest.join('x')}`}`],
        ['a place every', `${stride.join('x')} pixels, the first begins ${padding.join('x')} outside`],
      ]
    : [['sees', 'the whole input']];
  return [
    ['operator', operation],
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
