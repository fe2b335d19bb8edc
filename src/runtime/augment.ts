/**
 * @file Random flips and crops. Modules of networks that train without have no use for it: it is a text of its own, which
 * defines `cnncAugment`.
 */
import type { StageAugmented } from './feed.ts';

/** Pixels from outside the image are zero after normalisation; those from outside a target are `outside`. */
export const stageAugmented: StageAugmented = (
  memory,
  at,
  lanes,
  form,
  values,
  from,
  augment,
  bits,
  outside = 0,
  raw = false,
) => {
  const { plane, mean, deviation, table, shape, size } = form;
  const [height = 1, width = 1] = shape.slice(-2);
  const range = 2 * augment.cropPad + 1;
  const down = ((bits >>> 2) % range) - augment.cropPad;
  const right = ((bits >>> 17) % range) - augment.cropPad;
  const mirror = augment.flipHorizontal && bits & 1;
  const upend = augment.flipVertical && bits & 2;
  const bytes = values.BYTES_PER_ELEMENT === 1;
  for (let i = 0; i < size; i++) {
    const column = i % width;
    const row = Math.floor(i / width) % height;
    const x = (mirror ? width - 1 - column : column) + right;
    const y = (upend ? height - 1 - row : row) + down;
    const value = values[from + i - column - row * width + y * width + x]!;
    const inside = x >= 0 && x < width && y >= 0 && y < height;
    const channel = Math.floor(i / plane);
    const normalised = bytes ? table[channel * 256 + value]! : (value - mean[channel]!) * (1 / deviation[channel]!);
    memory[at + i * lanes] = !inside ? outside : raw ? value : normalised;
  }
};
