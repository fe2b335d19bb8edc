/** @file The columns that the forms of a summary have: what each says of a layer, and of all of them. */
import { COLUMN_DOCS, type ColumnName, FIGURES, type Figure } from './column-names.ts';
import { bytes, shapeText, thousands } from './figure-texts.ts';
import { layerWindow, operatorText } from './layer-window.ts';
import type { LayerSummary, Summary } from './summary.ts';
import { durationText, type LayerTime } from './time-estimate.ts';

interface Form {
  /** For people. */
  readonly title: string;
  readonly numeric: boolean;
  readonly text: (layer: LayerSummary) => string;
  /** For programs; the text if absent. */
  readonly plain?: (layer: LayerSummary) => string;
}

/** Of what can be added up. */
interface FigureForm extends Form {
  /** What is counted. */
  readonly figure: (layer: LayerSummary) => number;
  /** Of all layers. */
  readonly total: (summary: Summary) => number | undefined;
  /** How the total is written for people. */
  readonly unit: (total: number) => string;
}

export interface Column extends Form, Partial<Omit<FigureForm, keyof Form>> {
  /** For `--columns`, and the title in CSV. */
  readonly name: string;
}

export type FigureColumn = Column & FigureForm;

const sumOf =
  (figure: (layer: LayerSummary) => number) =>
  ({ layers }: Summary): number =>
    layers.reduce((sum, layer) => sum + figure(layer), 0);

function counted(
  title: string,
  figure: (layer: LayerSummary) => number,
  unit: (count: number) => string = thousands,
  total = sumOf(figure),
): FigureForm {
  const [text, plain] = [(layer: LayerSummary) => unit(figure(layer)), (layer: LayerSummary) => `${figure(layer)}`];
  return { title, numeric: true, text, plain, figure, total, unit };
}

function sized(title: string, part: 'size' | 'smallest' | 'stride' | 'padding'): Form {
  const written = ({ receptiveField }: LayerSummary, none: string) => receptiveField[part]?.join('x') ?? none;
  return { title, numeric: true, text: (layer) => written(layer, 'all'), plain: (layer) => written(layer, '') };
}

function ofWindow(title: string, part: keyof ReturnType<typeof layerWindow>): Form {
  return { title, numeric: false, text: ({ op, attributes }) => layerWindow(op, attributes)[part] };
}

const FORMS: { readonly [Name in ColumnName]: Name extends Figure ? FigureForm : Form } = {
  name: { title: 'layer', numeric: false, text: ({ name }) => name },
  op: {
    title: 'operator',
    numeric: false,
    text: ({ op, attributes }) => operatorText(op, attributes),
    plain: ({ op }) => op,
  },
  inputs: { title: 'inputs', numeric: false, text: ({ inputs }) => inputs.map(shapeText).join(' ') },
  output: { title: 'output', numeric: false, text: ({ output }) => shapeText(output) },
  parameters: counted(
    'parameters',
    ({ parameters }) => parameters,
    thousands,
    ({ totals }) => totals.parameters,
  ),
  macs: counted(
    'MACs',
    ({ macs }) => macs,
    thousands,
    ({ totals }) => totals.macs,
  ),
  receptive_field: sized('sees', 'size'),
  stride: sized('stride', 'stride'),
  padding: sized('padding', 'padding'),
  smallest: sized('least seen', 'smallest'),
  flops: counted('FLOPs', ({ flops }) => flops.forward),
  backward_flops: counted('FLOPs back', ({ flops }) => flops.backward),
  memory: counted('memory', ({ memory }) => memory.output, bytes),
  kernel: ofWindow('kernel', 'kernel'),
  kernel_stride: ofWindow('kernel_stride', 'stride'),
  dilation: ofWindow('dilation', 'dilation'),
  groups: ofWindow('groups', 'groups'),
  pad: ofWindow('pad', 'pad'),
  moved: counted('moved', ({ memory }) => memory.moved, bytes),
  intensity: { title: 'FLOPs/B', numeric: true, text: (layer) => intensity(layer)?.toFixed(1) ?? '' },
  time: {
    title: 'time',
    numeric: true,
    text: ({ time }) => (time ? durationText(stepTime(time)) : ''),
    plain: ({ time }) => (time ? `${stepTime(time)}` : ''),
    figure: ({ time }) => (time ? stepTime(time) : 0),
    total: ({ time }) => time?.step?.total,
    unit: durationText,
  },
};

function stepTime({ forward, backward, update }: LayerTime): number {
  return forward + backward + update;
}

/** In the order of CSV. */
export const COLUMNS: readonly Column[] = (Object.keys(COLUMN_DOCS) as ColumnName[]).map((name) => ({
  name,
  ...FORMS[name],
}));

export const FIGURE_COLUMNS: readonly FigureColumn[] = FIGURES.map((name) => ({ name, ...FORMS[name] }));

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
