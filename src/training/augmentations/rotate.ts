import { number } from '../../specs/attributes.ts';
import { type Augmentation, type AugmentationEffect, aboutMiddle, between, border } from './augmentation.ts';

const attributes = {
  by: number({ doc: 'the largest angle in degrees, both ways', above: 0, maximum: 180 }),
  border,
};

/** By its series: the engine's own sine may differ in the last bit. Exact to f64 within a half turn. */
function sine(angle: number): number {
  let [sum, term] = [angle, angle];
  for (let k = 2; k < 40; k += 2) {
    term *= (-angle * angle) / (k * (k + 1));
    sum += term;
  }
  return sum;
}

export const effect: AugmentationEffect<typeof attributes> = {
  place({ by }, draw, size) {
    const angle = between((by * Math.PI) / 180, draw);
    const half = sine(angle / 2);
    const [cos, sin] = [1 - 2 * half * half, sine(angle)];
    return aboutMiddle([cos, -sin, sin, cos], size);
  },
};

export const rotate: Augmentation<typeof attributes> = {
  name: 'rotate',
  summary: 'Turns the training images about their middle.',
  example: 'augment rotate(by: 15)',
  attributes,
  fills: true,
  effect,
};
