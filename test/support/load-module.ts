/** @file Compiles a `.cnn` text and imports the trainer module that comes of it; the same text with the same options once. */

import { compileSource, type EmitOptions, emitModule } from '../../src/compile.ts';
import type { NetworkDescription } from '../../src/runtime/executable.ts';
import type { Trainer } from '../../src/runtime/trainer-api.ts';

export interface LoadedModule {
  readonly network: NetworkDescription;
  readonly TrainerError: new (...args: never[]) => Error;
  createTrainer(options?: { seed?: number; threads?: number; relaxedSimd?: boolean }): Promise<Trainer>;
}

/** Modules keep nothing between trainers. */
const known = new Map<string, Promise<LoadedModule>>();

export function loadModule(source: string, options: EmitOptions = {}): Promise<LoadedModule> {
  const key = JSON.stringify([source, options], (_, value) => (value instanceof Map ? [...value] : value));
  const module = known.get(key) ?? compile(source, options);
  known.set(key, module);
  return module;
}

async function compile(source: string, options: EmitOptions): Promise<LoadedModule> {
  const { diagnostics, elaboration } = compileSource(source, 'test.cnn');
  if (!elaboration) throw new Error(diagnostics.map(({ code, message }) => `${code} ${message}`).join('\n'));
  const { code } = await emitModule(elaboration, options);
  return importModule(code);
}

export function importModule(code: string): Promise<LoadedModule> {
  return import(/* @vite-ignore */ `data:text/javascript;base64,${Buffer.from(code).toString('base64')}`);
}
