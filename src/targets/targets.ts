/** @file The targets. What lists their names alone does not load them. */
import { js } from './js/target.ts';
import type { Target, TrainerTargetName } from './target.ts';
import { wasm } from './wasm/target.ts';
import { webgpu } from './webgpu/target.ts';

export const TARGETS: readonly Target[] = [wasm, js];

export function targetNamed(name: TrainerTargetName): Target {
  return [...TARGETS, webgpu].find((target) => target.name === name)!;
}
