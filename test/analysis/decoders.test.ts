/** @file Windows behind random decoders, place by place, against the support of the Jacobian. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { placeWindows, receptiveFields } from '../../src/analysis/receptive-field.ts';
import { seenFrom } from '../../src/analysis/windows.ts';
import type { Node } from '../../src/ir/graph.ts';
import type { Model } from '../../src/semantics/model.ts';
import { NetworkBuilder } from '../support/build-network.ts';
import { support } from '../support/jacobian.ts';

/** Axes do not touch each other, so a column of one channel shows all; it is as high as the widest windows need. */
const HEIGHT = 56;

/** Rows from the border in which cells may see padding, or what was cut off, in place of what a window says. */
const MARGIN = 10;

interface Step {
  readonly operator: string;
  readonly attributes: Record<string, unknown>;
}

const column = (size: number) => [size, 1] as const;
const whole = (min: number, max: number) => fc.integer({ min, max });
const conv = (kernel: number, stride: number, dilation: number): Step => {
  const pad = [Math.floor((dilation * (kernel - 1)) / 2), 0];
  const window = { kernel: column(kernel), stride: column(stride), dilation: column(dilation), pad };
  return { operator: 'conv', attributes: { channels: 1, ...window } };
};

const down = fc.oneof(
  fc.tuple(whole(2, 3), whole(2, 3)).map(([kernel, stride]): Step => {
    return { operator: 'maxpool', attributes: { kernel: column(kernel), stride: column(stride) } };
  }),
  fc.tuple(whole(1, 4), whole(2, 3), whole(1, 2)).map((window) => conv(...window)),
);
const transposed = fc
  .record({ kernel: whole(1, 4), stride: whole(2, 3), dilation: whole(1, 2), pad: whole(0, 1), added: whole(0, 1) })
  .map(({ kernel, stride, dilation, pad, added }): Step => {
    const cut = [Math.min(pad, dilation * (kernel - 1)), 0];
    const window = { kernel: column(kernel), stride: column(stride), dilation: column(dilation), pad: cut };
    return { operator: 'convtranspose', attributes: { channels: 1, ...window, output_padding: [added, 0] } };
  });
const up = fc.oneof(
  whole(2, 3).map((factor): Step => ({ operator: 'upsample', attributes: { factor: column(factor) } })),
  whole(2, 3).map((factor): Step => {
    return { operator: 'upsample', attributes: { factor: column(factor), mode: 'bilinear' } };
  }),
  fc.record({ mode: fc.constantFrom('nearest', 'bilinear'), align_corners: fc.boolean() }).map((attributes): Step => {
    return { operator: 'almost doubled', attributes };
  }),
  transposed,
  transposed,
  fc.constant<Step>({ operator: 'shuffled', attributes: {} }),
);
const between = fc.oneof(
  fc.constant(undefined),
  fc.tuple(whole(2, 3), fc.constant(1), whole(1, 2)).map((window) => conv(...window)),
);
/** How the way up meets the way down: not at all, side by side, or added. */
const joining = fc.constantFrom('none', 'concat', 'add');
const level = fc.record({ down, before: between, up, after: between, joining });
type Level = typeof level extends fc.Arbitrary<infer T> ? T : never;

function applied(network: NetworkBuilder, x: Node, step: Step | undefined): Node {
  if (!step) return x;
  const { operator, attributes } = step;
  if (operator === 'almost doubled')
    return network.layer('upsample', x, { size: column(2 * x.shape[1]! - 1), ...attributes });
  if (operator !== 'shuffled') return network.layer(operator, x, attributes);
  const wide = network.layer('conv', x, { channels: 4, kernel: column(2) });
  return network.layer('slice', network.layer('pixelshuffle', wide, { factor: 2 }), { from: 0, to: 1, axis: 'width' });
}

function joined(network: NetworkBuilder, how: string, across: Node, x: Node): Node {
  if (how === 'none') return x;
  const height = Math.min(across.shape[1]!, x.shape[1]!);
  const both = [across, x].map((map) => network.layer('crop', map, { size: column(height) }));
  const y = network.layer(how, both);
  return how === 'add' ? y : network.layer('conv', y, { channels: 1, kernel: 1 });
}

function decoder(levels: readonly Level[], last: Step | undefined): { model: Model; y: Node } {
  const network = new NetworkBuilder('decoder', { mode: 'inference' });
  let x = network.input('image', [1, HEIGHT, 1]);
  const kept: Node[] = [];
  for (const step of levels) {
    kept.push(x);
    x = applied(network, applied(network, x, step.down), step.before);
  }
  for (const step of [...levels].reverse()) {
    const grown = applied(network, x, step.up);
    x = applied(network, joined(network, step.joining, kept.pop()!, grown), step.after);
  }
  const y = applied(network, x, last);
  network.output('y', y);
  return { model: network.model(), y };
}

describe('windows of random decoders', () => {
  it('are the support of the Jacobian for every cell off the border', () => {
    let compared = 0;
    let uneven = 0;
    fc.assert(
      fc.property(fc.array(level, { minLength: 1, maxLength: 2 }), between, (levels, last) => {
        const { model, y } = decoder(levels, last);
        const { windows } = placeWindows(model).get(y)![0];
        const sizes: number[] = [];
        const phases = new Set<number>();
        support(model, y, 0, 'up').forEach((found, place) => {
          const window = seenFrom(windows, place);
          if (!window || window[0] < MARGIN || window[1] >= HEIGHT - MARGIN) return;
          expect(found, `place ${place}`).toEqual(window);
          sizes.push(found![1] - found![0] + 1);
          phases.add(place % windows.intervals.length);
        });
        const { size, smallest } = receptiveFields(model).get(y)!;
        compared += sizes.length;
        if (smallest[0] < size[0]) uneven++;
        if (phases.size < windows.intervals.filter((window) => window).length) return;
        expect(size[0]).toBe(Math.max(...sizes));
        if (windows.intervals.every((window) => window)) expect(smallest[0]).toBe(Math.min(...sizes));
      }),
      { numRuns: 40, seed: 11 },
    );
    expect(compared).toBeGreaterThan(300);
    expect(uneven).toBeGreaterThan(12);
  });
});
