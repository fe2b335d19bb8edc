/** @file The targets. The first one is meant where none is named. */
import { js } from './js/target.ts';
import type { Target } from './target.ts';
import { wasm } from './wasm/target.ts';

const targets = [wasm, js] as const;

export const TARGETS: readonly Target[] = targets;

export type TargetName = (typeof targets)[number]['name'];

export const TARGET_NAMES: readonly TargetName[] = targets.map(({ name }) => name);

export const DEFAULT_TARGET: TargetName = targets[0].name;

export function targetNamed(name: TargetName): Target {
  return targets.find((target) => target.name === name)!;
}
