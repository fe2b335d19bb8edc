/**
 * @file The first step of training of a random network on a graphics card in f32, against JavaScript in f64: loss, metrics,
 * gradients and new states.
 */
import { random } from '../../src/loop/random.ts';
import type { GpuDevice } from '../../src/runtime/gpu.ts';
import { WEBGPU_TRAITS } from '../../src/targets/webgpu/target.ts';
import { deviceGraph } from '../support/device-graph.ts';
import { runOnDevice } from '../support/run-on-device.ts';
import { elaborated, type Outcome, settingFor } from './check-network.ts';
import { Choices } from './choices.ts';
import { describe, firstError } from './closeness.ts';
import { isUnstable, labelOf, withScalars } from './train-targets.ts';

/** Exponentials and logarithms are the driver's. */
const TOLERANCE = 5e-4;

/** Throws where something does not hold; `seed` decides about data, batch and tiles. */
export async function checkOnDevice(text: string, seed: number, device: GpuDevice): Promise<Outcome> {
  const choices = new Choices([0, 1, 2, 3, 4].map((k) => Math.floor(random(seed, k, 1) * 2 ** 20)));
  const tiles = choices.rarely(2) ? { leastTiledWork: -1 } : {};
  const [count, groups, idle] = [choices.pick([1, 2, 3, 5, 9]), 1 + choices.next(4), choices.next(3)];
  const worthSharing = choices.rarely(2) ? 8 : undefined;
  const setting = settingFor(elaborated(text), { count, seed, ...tiles });
  const { graph } = setting;
  const data = withScalars(graph, setting.data, 1);
  const run = setting.js.run({ count, data, update: true });
  const maxCount = count + idle;
  const made = deviceGraph(graph, { count, data, update: true, traits: WEBGPU_TRAITS, maxCount, groups, worthSharing });
  const memory = await runOnDevice(device, made.job);
  const [exact, found] = [new Map<string, ArrayLike<number>>(), new Map<string, ArrayLike<number>>()];
  for (const result of graph.results) {
    const label = labelOf(result);
    if (result.role === 'assign') {
      exact.set(label, run.state(result.state));
      found.set(label, made.state(memory, result.state));
    } else {
      exact.set(label, run.values(result.node));
      found.set(label, made.values(memory, result.node));
    }
  }
  const worst = firstError(exact, found, TOLERANCE);
  if (!worst) return { isUnstable: false };
  if (isUnstable(setting)) return { isUnstable: true };
  const { label, error } = worst;
  throw new Error(describe(`${label} on the graphics card`, error, found.get(label)!, exact.get(label)!));
}
