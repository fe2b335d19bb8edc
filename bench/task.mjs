/** @file What contenders are asked to do: a network, images, the weights to start from, and how to train. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { initialWeights, splitParameters } from './layers.mjs';

export const BATCH = 64;

/** Calls `use` with the path of a new folder, which is removed afterwards. */
export async function withFolder(use) {
  const folder = mkdtempSync(join(tmpdir(), 'cnnc-bench-'));
  try {
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Calls `use` with a task whose files exist until it is done. */
export async function withTask(network, data, use, training = { batch: BATCH, learningRate: 0.02, momentum: 0.9 }) {
  return withFolder(async (folder) => {
    const paths = Object.fromEntries(['images', 'labels', 'weights'].map((name) => [name, join(folder, name)]));
    writeFileSync(paths.images, data.images);
    writeFileSync(paths.labels, data.labels);
    writeFileSync(paths.weights, initialWeights(network.layers));
    const { text, ...rest } = network;
    return use({ network: { ...rest, text: text() }, ...paths, count: data.count, tests: data.tests, ...training });
  });
}

/** In a contender's process: images and labels as bytes, and the weights of each parameter. */
export function readTask({ network, ...paths }) {
  const bytes = (path) => new Uint8Array(readFileSync(path));
  const weights = new Float32Array(bytes(paths.weights).buffer);
  return {
    images: bytes(paths.images),
    labels: bytes(paths.labels),
    parameters: splitParameters(network.layers, weights),
  };
}
