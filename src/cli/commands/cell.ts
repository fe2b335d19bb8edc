/** @file `cnnc summary FILE --cell LAYER:ROW,COLUMN`: what one place of a map sees. */
import { axesOf, cellField } from '../../analysis/cell-field.ts';
import { effectiveField } from '../../check/effective-field.ts';
import { nearest } from '../../common/nearest.ts';
import { DiagnosticError } from '../../diagnostics/diagnostic.ts';
import { cellRecord, cellText, fieldPicture } from '../../report/cell-report.ts';
import type { Elaboration, Layer, Model } from '../../semantics/model.ts';
import { commandDiagnostic } from '../codes.ts';
import { pngOf } from '../png.ts';
import { EXIT } from '../report.ts';
import type { Terminal } from '../terminal.ts';
import { writeFiles } from '../write-files.ts';

export interface Cell {
  readonly layer: string;
  /** Along the axes of the map; its middle if left out. */
  readonly place?: readonly number[];
}

export interface CellOptions {
  readonly json?: boolean;
  /** Also where its gradient falls; a text is the file of a picture, SVG or PNG. */
  readonly effective?: true | string;
}

/** Reports CNN4207, CNN4211 and CNN4214. */
export async function describeCell(
  { inference }: Elaboration,
  wanted: Cell,
  { json, effective: picture }: CellOptions,
  { out, err, outputWidth }: Terminal,
): Promise<number> {
  const cell = cellField(inference, ...placeIn(inference, wanted));
  const layer = inference.layers.find(({ name }) => name === cell.layer)!;
  const effective = picture === undefined ? undefined : effectiveField(inference, layer, cell.place);
  if (typeof picture === 'string' && effective) {
    const svg = fieldPicture(cell, effective);
    await writeFiles(new Map([[picture, picture.endsWith('.png') ? await pngOf(svg) : svg]]));
    err(`${picture}: where the gradient of ${cell.layer} falls\n`);
  }
  out(json ? `${JSON.stringify(cellRecord(cell, effective), null, 2)}\n` : cellText(cell, effective, outputWidth));
  return EXIT.success;
}

function placeIn(model: Model, { layer: name, place }: Cell): [Layer, readonly number[] | undefined] {
  const layer = model.layers.find((other) => other.name === name);
  if (!layer) throw noSuchLayer(name, model);
  const extents = axesOf(layer.output.shape);
  if (place && !(place.length === extents.length && place.every((at, axis) => at < extents[axis]!)))
    throw noSuchPlace(name, place, extents);
  return [layer, place];
}

/** A few names of what is inside of a block tell how the others are called. */
const MOST_NAMED = 3;

/** `--depth` shows blocks by the beginnings of the names of their layers. */
function noSuchLayer(name: string, { layers }: Model): DiagnosticError {
  const inside = layers.flatMap((layer) => (isInside(layer, name.split('.')) ? `\`${layer.name}\`` : []));
  if (inside.length > 0) {
    const names = `${inside.slice(0, MOST_NAMED).join(', ')}${inside.length > MOST_NAMED ? ', …' : ''}`;
    const help = `name one of its ${inside.length} layers: ${names}`;
    return new DiagnosticError(commandDiagnostic('CNN4214', `\`${name}\` is no layer, but several`, help));
  }
  const near = nearest(
    name,
    layers.map((layer) => layer.name),
  );
  const help = near ? `did you mean \`${near}\`?` : 'the table of `cnnc summary` has the names of the layers';
  return new DiagnosticError(commandDiagnostic('CNN4214', `there is no layer \`${name}\``, help));
}

function isInside({ path }: Layer, block: readonly string[]): boolean {
  return path.length > block.length && block.every((part, k) => part === path[k]);
}

function noSuchPlace(name: string, place: readonly number[], extents: readonly number[]): DiagnosticError {
  const help =
    extents.length === 0
      ? `its values have no places: \`--cell ${name}\``
      : `its places are from ${extents.map(() => 0)} to ${extents.map((extent) => extent - 1)}`;
  return new DiagnosticError(commandDiagnostic('CNN4214', `\`${name}\` has no place ${place}`, help));
}
