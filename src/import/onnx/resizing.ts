/** @file `Resize` and `Upsample`: as the layer of the language where it has the same convention, else by matrices. */

import { mapOf } from '../layer-steps.ts';
import { named, sizesText } from '../texts.ts';
import { type Argument, refuse, type Step, same } from '../values.ts';
import { axisOf } from './folding.ts';
import type { NodeReader } from './node-reader.ts';
import { type Resizing, resampled } from './resampling.ts';

export function resized(reader: NodeReader): Step {
  const x = reader.feature(0);
  const [channels, ...map] = mapOf(x);
  const axes = resizings(reader, x);
  if (axes.some(({ dimension, size }) => dimension < 1 && size !== (x.shape[dimension] ?? 1)))
    refuse('it resizes channels or images');
  const size = map.map((extent, k) => axes.find(({ dimension }) => dimension === k + 1)?.size ?? extent);
  if (size.some((extent) => extent < 1)) refuse('nothing is left');
  const exact = axes.every(
    ({ dimension, scale, size: wanted }) => dimension < 1 || Math.abs(wanted / x.shape[dimension]! - scale) < 1e-6,
  );
  if (same(size, map) && exact && axes.every(({ part }) => !part)) return x;
  const whole = size.every((extent, k) => extent % map[k]! === 0);
  const settings = exact ? settingsOf(reader, whole, size, map) : undefined;
  if (!settings)
    return resampled(
      reader,
      x,
      axes.filter((axis) => axis.dimension > 0 && !idle(axis, x)),
    );
  const grown = size.map((extent, k) => extent / map[k]!);
  return reader.stage('upsample', x, [channels, ...size], {
    arguments: [whole ? sizesText(grown) : named('size', sizesText(size)), ...settings],
  });
}

const idle = ({ dimension, size, scale, part }: Resizing, { shape }: Step): boolean =>
  !part && size === shape[dimension] && scale === 1;

/** What happens to each dimension that the node names; -1 is that of the images. */
function resizings(reader: NodeReader, x: Step): Resizing[] {
  const newer = reader.node.opType === 'Resize' && reader.opset >= 11;
  const rank = x.shape.length + 1;
  const first = newer ? 2 : 1;
  const given = reader.constant(first);
  const factors = given?.data.length ? Array.from(given.data) : reader.floats('scales');
  const sizes = reader.constant(first + 1);
  const axes = (reader.ints('axes') ?? Array.from({ length: rank }, (_, k) => k)).map((axis) => axisOf(axis, rank));
  const parts = reader.text('coordinate_transformation_mode', '') === 'tf_crop_and_resize' ? reader.needed(1).data : [];
  const wanted = sizes?.data.length ? Array.from(sizes.data) : undefined;
  if ((wanted ?? factors)?.length !== axes.length) refuse('it has no scales');
  const extents = axes.map((axis) => (axis === 0 ? 1 : x.shape[axis - 1]!));
  // Images stay as many as they are.
  const known = wanted?.map((size, k) => (axes[k] === 0 ? 1 : size));
  const kept = known && keepingRatio(reader, known, extents);
  return axes.map((axis, k) => {
    const exact = kept?.[k] ?? known?.[k];
    const scale = exact === undefined ? factors![k]! : exact / extents[k]!;
    const size = exact === undefined ? Math.floor(extents[k]! * scale) : Math.round(exact);
    const part = parts.length > 0 && axis > 0 ? ([parts[k]!, parts[k + axes.length]!] as const) : undefined;
    return { dimension: axis - 1, size, scale, ...(part && { part }) };
  });
}

/** Sizes by one scale for all, so that the picture fits into those that are wanted, or fills them. */
function keepingRatio(reader: NodeReader, sizes: readonly number[], extents: readonly number[]): number[] | undefined {
  const policy = reader.text('keep_aspect_ratio_policy', 'stretch');
  if (policy === 'stretch') return undefined;
  const scales = sizes.map((size, k) => size / extents[k]!);
  const scale = policy === 'not_larger' ? Math.min(...scales) : Math.max(...scales);
  return extents.map((extent) => extent * scale);
}

/** Which pixel is nearest, and where corners lie, is a matter of convention; undefined where `upsample` has another one. */
function settingsOf(
  reader: NodeReader,
  whole: boolean,
  size: readonly number[],
  map: readonly number[],
): Argument[] | undefined {
  const mode = reader.text('mode', 'nearest');
  const older = reader.node.opType === 'Upsample' || reader.opset < 11;
  const places = older ? 'asymmetric' : reader.text('coordinate_transformation_mode', 'half_pixel');
  const rounding = older ? 'floor' : reader.text('nearest_mode', 'round_prefer_floor');
  if (reader.int('antialias', 0) === 1) return undefined;
  if (mode === 'nearest') {
    const alike =
      (places === 'asymmetric' && rounding === 'floor') ||
      (whole && places.endsWith('half_pixel') && rounding.startsWith('round')) ||
      (whole && places === 'tf_half_pixel_for_nn' && rounding === 'floor');
    return alike ? [] : undefined;
  }
  if (mode !== 'linear' && mode !== 'bilinear') return undefined;
  const aligned = places === 'align_corners';
  const single = places === 'pytorch_half_pixel' && size.includes(1);
  if ((!aligned && !places.endsWith('half_pixel')) || single) return undefined;
  return [named('mode', map.length === 2 ? 'bilinear' : 'linear'), named('align_corners', `${aligned}`, 'false')];
}
