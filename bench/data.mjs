/**
 * @file The images that contenders train on: bytes, N×C×H×W, in a file that all of them read, and one byte per label.
 * Either noisy patterns, one per class, made here from a seed, or MNIST (`mnist:DIR`, also Fashion-MNIST).
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

/** Uniform in [0, 1): mulberry32, public domain. */
export function generator(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Each class is a picture of random dots, a fifth of all pixels; its images have them dimmed at random, and noise. */
export function drawPatterns(count, [channels, height, width], classes, seed = 1) {
  const random = generator(seed);
  const size = channels * height * width;
  const pictures = Array.from({ length: classes }, () =>
    Array.from({ length: size }, () => (random() < 0.2 ? 200 : 0)),
  );
  const images = new Uint8Array(count * size);
  const labels = new Uint8Array(count);
  for (let n = 0; n < count; n++) {
    labels[n] = Math.floor(random() * classes);
    const picture = pictures[labels[n]];
    for (let k = 0; k < size; k++) images[n * size + k] = picture[k] * random() + 55 * random();
  }
  return { images, labels };
}

function readIdx(folder, name, header) {
  const path = [`${name}.gz`, name].map((file) => join(folder, file)).find(existsSync);
  if (!path) throw new Error(`${folder} has no file ${name}, gzipped or not`);
  const bytes = readFileSync(path);
  return (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).subarray(header);
}

function readMnist(folder, split, count) {
  const images = readIdx(folder, `${split}-images-idx3-ubyte`, 16);
  const labels = readIdx(folder, `${split}-labels-idx1-ubyte`, 8);
  const available = Math.min(count, labels.length);
  return { images: images.subarray(0, available * 784), labels: labels.subarray(0, available) };
}

/** Training images and, after them, test images. */
export function loadImages(spec, network, count, tests) {
  const [, folder] = /^mnist:(.+)$/.exec(spec) ?? [];
  if (!folder && spec !== 'patterns') throw new Error(`unknown data ${spec}: patterns or mnist:DIR`);
  if (!folder) return { ...drawPatterns(count + tests, network.input, network.classes), count, tests };
  if (network.input.join() !== '1,28,28') throw new Error(`${network.name} does not take images of 1×28×28`);
  const train = readMnist(folder, 'train', count);
  const test = readMnist(folder, 't10k', tests);
  const join2 = (a, b) => Buffer.concat([a, b]);
  return {
    images: join2(train.images, test.images),
    labels: join2(train.labels, test.labels),
    count: train.labels.length,
    tests: test.labels.length,
  };
}
