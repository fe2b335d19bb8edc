/** @file The targets. What lists their names alone does not load them. */
import { js } from './js/target.ts';
import type { Target, TargetName } from './target.ts';
import { wasm } from './wasm/target.ts';

export const TARGETS: readonly Target[] = [wasm, js];

export function targetNamed(name: TargetName): Target {
  return TARGETS.find((target) => target.name === name)!;
}
