/** @file The targets. What lists their names alone does not load them. */
import { js } from './js/target.ts';
import { DEFAULT_TARGET, type Target, type TrainerTargetName } from './target.ts';
import { wasm } from './wasm/target.ts';
import { webgpu } from './webgpu/target.ts';

export const TARGETS: readonly Target[] = [wasm, js];

/** Of `auto`, the one of the processor. */
export function targetNamed(name: TrainerTargetName): Target {
  const wanted = name === 'auto' ? DEFAULT_TARGET : name;
  return [...TARGETS, webgpu].find((target) => target.name === wanted)!;
}

/** What the module carries besides. */
export function secondTarget(name: TrainerTargetName): Target | undefined {
  return name === 'auto' ? webgpu : undefined;
}
