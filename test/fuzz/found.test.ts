/** @file Programs on which random networks found mistakes, cut down to what shows them. */
import { expect, test } from 'vitest';
import { checkNetwork } from './check-network.ts';

const network = (target: string, ...lines: string[]) =>
  `network Found {\n  input image: [2, 3, 3]\n  ${target}\n  ${lines.join('\n  ')}\n  output y\n}\n`;

const map = 'image -> conv(4, 1x1)';

const MAP = 'target label: class(2, [1, 1])';

const PROGRAMS: Readonly<Record<string, string>> = {
  'zeros of pad in a maximum': network('', 'y = image -> pad(2) -> maxpool(2) -> conv(1, 1x1)', 'loss mean(y ^ 2)'),
  'joined maps in a maximum': network(
    '',
    'a = image -> softplus -> groupnorm(1)',
    'y = concat(a, a, axis: height) -> relu -> globalmaxpool -> dense(1)',
    'loss mean(y ^ 2)',
  ),
  'a map of one pixel': network(
    MAP,
    'y = image -> conv(2, 3x3)',
    'loss crossentropy(y, label)',
    'metric accuracy(y, label)',
  ),
  'a running mean that is only stored': network(
    '',
    'y = image -> conv(2, 2x2) -> batchnorm(momentum: 1)',
    'loss mean(y ^ 3)',
  ),
  'batches of one value': network('', 'y = image -> dense(2) -> batchnorm -> dense(2)', 'loss mean(y ^ 2)'),
  'a window of zeros, and the root of its cubes': network(
    '',
    'y = image -> pad(1) -> lppool(1x1, stride: 1x2, pad: same, norm: 3) -> conv(1, 1x1)',
    'loss mean(y ^ 2)',
  ),
  'a loss that is constant': network('', 'y = image -> dense(2)', 'loss mean(y ^ 0) + mean(y * 0)'),
  'a maximum along a diagonal with a stride': `op own(x[c, h, w], k[p, q]) -> y[i, w] = max(p, q) x[2 * i + p, i + q, w] * k[p, q]
${network('', `y = ${map} -> own(i: 1, p: 2, q: 3) -> dense(2)`, 'loss mean(y ^ 2)')}`,
  'a sum of all rows and of every second': network(
    '',
    'a = image * (image -> globalavgpool -> dense(2) -> sigmoid)',
    'm = a -> slice(from: 0, to: 1, axis: height, step: 2) -> globalmaxpool',
    'y = m + a -> conv(1, 1x1)',
    'loss mean(y ^ 2)',
  ),
  'a place as a number in a strided sum': `op own(x[c, h, w], k[p]) -> y[i, w] = sum(c, p) x[c, 2 * i + p, w] * k[p] * (i + 2)
${network('', `y = ${map} -> own(i: 2, p: 2) -> dense(2)`, 'loss mean(y ^ 2)')}`,
  'norms of single values': network(
    '',
    `y = ${map} -> conv(2, 3x3) -> batchnorm -> batchnorm -> batchnorm -> dense(2)`,
    'loss mean(y ^ 2)',
  ),
  'tiles of which nothing is on the map': network(
    '',
    'y = image -> convtranspose(channels: 1, kernel: 2x2, stride: [1, 3], output_padding: [0, 2]) -> dense(2)',
    'loss mean(y ^ 2)',
  ),
  'an image that a pooling passes on': network(
    '',
    'y = image -> adaptiveavgpool(3) -> relu -> dense(2)',
    'loss mean(y ^ 2)',
  ),
  'gradients that are all 0': network('target wanted: [1]', 'y = image -> dense(1)', 'loss kldiv(y, wanted)'),
};

test.each(Object.entries(PROGRAMS))('%s', (_, program) => {
  for (let seed = 1; seed <= 6; seed++) expect(checkNetwork(program, seed)).toBeDefined();
});
