/** @file The columns that the forms of a summary have: what each is called, and what it says of a layer and of all of them. */
import { bytes, shapeText, thousands } from './figure-texts.ts';
import { layerWindow, operatorText } from './layer-window.ts';
import type { LayerSummary, Summary } from './summary.ts';

export interface Column {
  /** For `--columns`, and the title in CSV. */
  readonly name: string;
  /** The title for people. */
  readonly title: string;
  readonly doc: string;
  readonly numeric: boolean;
  readonly text: (layer: LayerSummary) => string;
  /** For programs; the text if absent. */
  readonly plain?: (layer: LayerSummary) => string;
  /** What is counted. */
  readonly figure?: (layer: LayerSummary) => number;
  /** Of all layers. */
  readonly total?: (summary: Summary) => number;
  /** How the total is written for people. */
  readonly unit?: (total: number) => string;
}

const sumOf =
  (figure: (layer: LayerSummary) => number) =>
  ({ layers }: Summary): number =>
    layers.reduce((sum, layer) => sum + figure(layer), 0);

function counted(
  names: Pick<Column, 'name' | 'title' | 'doc'>,
  figure: (layer: LayerSummary) => number,
  unit: (count: number) => string = thousands,
  total = sumOf(figure),
): Column {
  const [text, plain] = [(layer: LayerSummary) => unit(figure(layer)), (layer: LayerSummary) => `${figure(layer)}`];
  return { ...names, numeric: true, text, plain, figure, total, unit };
}

function sized(
  names: Pick<Column, 'name' | 'title' | 'doc'>,
  part: 'size' | 'smallest' | 'stride' | 'padding',
): Column {
  const written = ({ receptiveField }: LayerSummary, none: string) => receptiveField[part]?.join('x') ?? none;
  return { ...names, numeric: true, text: (layer) => written(layer, 'all'), plain: (layer) => written(layer, '') };
}

function ofWindow(name: string, doc: string, part: keyof ReturnType<typeof layerWindow>): Column {
  return { name, title: name, doc, numeric: false, text: ({ op, attributes }) => layerWindow(op, attributes)[part] };
}

/** In the order of CSV, where new ones come last. */
export const COLUMNS: readonly Column[] = [
  { name: 'name', title: 'layer', doc: 'the name of the layer', numeric: false, text: ({ name }) => name },
  {
    name: 'op',
    title: 'operator',
    doc: 'the operator, with kernel, /stride, p(adding), d(ilation) and g(roups)',
    numeric: false,
    text: ({ op, attributes }) => operatorText(op, attributes),
    plain: ({ op }) => op,
  },
  {
    name: 'inputs',
    title: 'inputs',
    doc: 'shapes of what flows in',
    numeric: false,
    text: ({ inputs }) => inputs.map(shapeText).join(' '),
  },
  {
    name: 'output',
    title: 'output',
    doc: 'shape of the result',
    numeric: false,
    text: ({ output }) => shapeText(output),
  },
  counted(
    { name: 'parameters', title: 'parameters', doc: 'learned numbers' },
    ({ parameters }) => parameters,
    thousands,
    ({ totals }) => totals.parameters,
  ),
  counted(
    { name: 'macs', title: 'MACs', doc: 'multiply-adds with weights, per image' },
    ({ macs }) => macs,
    thousands,
    ({ totals }) => totals.macs,
  ),
  sized({ name: 'receptive_field', title: 'sees', doc: 'pixels of the input that a place sees at most' }, 'size'),
  sized({ name: 'stride', title: 'stride', doc: 'pixels of the input from place to place' }, 'stride'),
  sized({ name: 'padding', title: 'padding', doc: 'pixels beyond the border that the first place sees' }, 'padding'),
  sized({ name: 'smallest', title: 'least seen', doc: 'pixels of the input that a place sees at least' }, 'smallest'),
  counted({ name: 'flops', title: 'FLOPs', doc: 'all operations forward, per image' }, ({ flops }) => flops.forward),
  counted(
    { name: 'backward_flops', title: 'FLOPs back', doc: 'all operations backward, per image' },
    ({ flops }) => flops.backward,
  ),
  counted(
    { name: 'memory', title: 'memory', doc: 'bytes of the result, for one image' },
    ({ memory }) => memory.output,
    bytes,
  ),
  ofWindow('kernel', 'size of the window', 'kernel'),
  ofWindow('kernel_stride', 'step of the window', 'stride'),
  ofWindow('dilation', 'distance of the taps', 'dilation'),
  ofWindow('groups', 'groups of channels', 'groups'),
  ofWindow('pad', 'padding of the window', 'pad'),
  counted(
    { name: 'moved', title: 'moved', doc: 'bytes of inputs, weights and result, for one image' },
    ({ memory }) => memory.moved,
    bytes,
  ),
  {
    name: 'intensity',
    title: 'FLOPs/B',
    doc: 'operations forward for each byte that is moved',
    numeric: true,
    text: (layer) => intensity(layer)?.toFixed(1) ?? '',
  },
];

function intensity({ flops, memory }: LayerSummary): number | undefined {
  return memory.moved > 0 ? flops.forward / memory.moved : undefined;
}

/** What tables show unless told otherwise. */
export const USUAL_COLUMNS = ['name', 'op', 'output', 'parameters', 'macs', 'receptive_field'] as const;

/** What they show of operators, whose layers have many shapes. */
export const OPERATOR_COLUMNS = ['name', 'op', 'parameters', 'macs', 'flops', 'moved', 'intensity'] as const;

/** Other names that people try. */
const ALIASES: Readonly<Record<string, string>> = { layer: 'name', operator: 'op', sees: 'receptive_field' };

export function findColumn(name: string): Column | undefined {
  const wanted = ALIASES[name.toLowerCase()] ?? name.toLowerCase();
  return COLUMNS.find((column) => column.name === wanted);
}
