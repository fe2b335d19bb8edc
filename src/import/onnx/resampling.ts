/**
 * @file Resizing by the conventions that no layer of the language has: along each axis a matrix says of which places each new one is
 * made. The equations are those of the specification of `Resize` (https://onnx.ai/onnx/operators/onnx__Resize.html).
 */

import { refuse, type Step } from '../values.ts';
import { mixed } from './formulas.ts';
import type { NodeReader } from './node-reader.ts';

export interface Resizing {
  readonly dimension: number;
  readonly size: number;
  readonly scale: number;
  /** Of the part that is cut out, in units of the axis. */
  readonly part?: readonly [from: number, to: number];
}

/** A matrix would be larger than networks are. */
const LARGEST = 2 ** 22;

export function resampled(reader: NodeReader, x: Step, axes: readonly Resizing[]): Step {
  return axes.reduce((step, resizing) => {
    const extent = step.shape[resizing.dimension]!;
    if (extent * resizing.size > LARGEST) refuse('its matrix is too large');
    const rows = Array.from({ length: resizing.size }, (_, k) => rowOf(reader, extent, resizing, k));
    return mixed(reader, 'resampled', step, resizing.dimension, rows);
  }, x);
}

function rowOf(reader: NodeReader, extent: number, resizing: Resizing, place: number): Float32Array {
  const row = new Float32Array(extent);
  const at = sourceOf(reader, extent, resizing, place);
  if (resizing.part && (at < 0 || at > extent - 1)) {
    if (reader.float('extrapolation_value', 0) !== 0) refuse('what lies beyond is not 0');
    return row;
  }
  const mode = reader.text('mode', 'nearest');
  if (mode === 'nearest') {
    row[Math.min(extent - 1, Math.max(0, nearest(reader, at)))] = 1;
    return row;
  }
  const smooth = reader.int('antialias', 0) === 1 ? Math.max(1, 1 / resizing.scale) : 1;
  const [reach, kernel] = kernelOf(reader, mode);
  const first = Math.floor(at - reach * smooth);
  const taps = Array.from({ length: Math.ceil(2 * reach * smooth) + 2 }, (_, k) => first + k);
  const outside = reader.int('exclude_outside', 0) === 1;
  const weights = taps.map((tap) => (outside && (tap < 0 || tap >= extent) ? 0 : kernel(Math.abs(at - tap) / smooth)));
  const sum = outside || smooth > 1 ? weights.reduce((all, weight) => all + weight, 0) : 1;
  taps.forEach((tap, k) => {
    row[Math.min(extent - 1, Math.max(0, tap))]! += weights[k]! / sum;
  });
  return row;
}

function kernelOf(reader: NodeReader, mode: string): readonly [reach: number, kernel: (x: number) => number] {
  if (mode === 'linear' || mode === 'bilinear') return [1, (x) => Math.max(0, 1 - x)];
  if (mode !== 'cubic') refuse(`mode \`${mode}\``);
  const a = reader.float('cubic_coeff_a', -0.75);
  return [
    2,
    (x) => {
      if (x <= 1) return (a + 2) * x ** 3 - (a + 3) * x ** 2 + 1;
      return x < 2 ? a * (x ** 3 - 5 * x ** 2 + 8 * x - 4) : 0;
    },
  ];
}

/** Where a new place lies among the old ones. */
function sourceOf(reader: NodeReader, extent: number, { size, scale, part }: Resizing, place: number): number {
  const older = reader.node.opType === 'Upsample' || reader.opset < 11;
  const places = older ? 'asymmetric' : reader.text('coordinate_transformation_mode', 'half_pixel');
  const half = (place + 0.5) / scale - 0.5;
  if (places === 'half_pixel') return half;
  if (places === 'pytorch_half_pixel') return size > 1 ? half : 0;
  if (places === 'asymmetric') return place / scale;
  if (places === 'tf_half_pixel_for_nn') return (place + 0.5) / scale;
  if (places === 'align_corners') return size > 1 ? (place * (extent - 1)) / (extent * scale - 1) : 0;
  if (places === 'half_pixel_symmetric') {
    const adjustment = size / (scale * extent);
    return (extent / 2) * (1 - adjustment) + half;
  }
  if (places !== 'tf_crop_and_resize' || !part) refuse(`places by \`${places}\``);
  const [from, to] = part;
  return size > 1
    ? from * (extent - 1) + (place * (to - from) * (extent - 1)) / (size - 1)
    : 0.5 * (from + to) * (extent - 1);
}

function nearest(reader: NodeReader, at: number): number {
  const older = reader.node.opType === 'Upsample' || reader.opset < 11;
  const mode = older ? 'floor' : reader.text('nearest_mode', 'round_prefer_floor');
  if (mode === 'floor') return Math.floor(at);
  if (mode === 'ceil') return Math.ceil(at);
  return mode === 'round_prefer_floor' ? Math.ceil(at - 0.5) : Math.floor(at + 0.5);
}
