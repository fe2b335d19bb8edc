/** @file The receptive field of every operator, alone on an image, against the support of its Jacobian. */
import { describe, expect, it } from 'vitest';
import { placeWindows, receptiveFields } from '../../src/analysis/receptive-field.ts';
import { seenFrom } from '../../src/analysis/windows.ts';
import { NetworkBuilder } from '../support/build-network.ts';
import { support } from '../support/jacobian.ts';
import { featuresOf, MIDDLES } from '../support/middles.ts';

/** Borders that copy pixels see more than the pixels beyond the map that they stand for. */
const COPIES = /reflect|replicate|circular/;

describe.each(MIDDLES)('%s', (name, middle, image) => {
  const lines = image.slice(1);
  const network = new NetworkBuilder('alone', { mode: 'inference' });
  const y = middle(network, network.input('image', featuresOf(image)));
  network.output('y', y);
  const model = network.model();
  const field = receptiveFields(model).get(y);
  const map = placeWindows(model).get(y);

  if (!field)
    it('is no map any more, or sees lines from border to border', () => {
      expect(field).toBeNull();
      const isMap = y.shape.length === image.length;
      const wide = isMap ? lines.map((_, axis) => support(model, y, axis)) : [];
      const isWhole = wide.map((seen, axis) => seen.some((found) => found?.[0] === 0 && found[1] === lines[axis]! - 1));
      if (isMap) expect(isWhole).toContain(true);
    });
  else
    it.each([...lines.keys()])('sees what its field says along axis %i', (axis) => {
      const { windows } = map![axis]!;
      let largest = 0;
      let inner = 0;
      support(model, y, axis).forEach((found, position) => {
        const window = seenFrom(windows, position);
        const isInner = window && window[0] >= 0 && window[1] < lines[axis]!;
        if (isInner) inner++;
        if (window)
          expect(window[0]).toBeGreaterThanOrEqual(field.stride[axis]! * position - field.padding[axis]! - 1e-9);
        if (!found) return;
        largest = Math.max(largest, found[1] - found[0] + 1);
        if (COPIES.test(name)) return;
        expect(found[0], `position ${position}`).toBeGreaterThanOrEqual(window![0]);
        expect(found[1], `position ${position}`).toBeLessThanOrEqual(window![1]);
      });
      if (inner > 0) expect(largest).toBeGreaterThanOrEqual(field.size[axis]!);
    });
});
