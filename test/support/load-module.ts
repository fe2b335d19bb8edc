/** @file Compiles a `.cnn` text and imports the trainer module that comes of it. */
import { compileSource, type EmitOptions, emitModule } from '../../src/compile.ts';
import type { NetworkDescription } from '../../src/runtime/executable.ts';
import type { Trainer } from '../../src/runtime/trainer.ts';

export interface LoadedModule {
  readonly network: NetworkDescription;
  createTrainer(options?: { seed?: number; threads?: number; relaxedSimd?: boolean }): Promise<Trainer>;
}

export async function loadModule(source: string, options: EmitOptions = {}): Promise<LoadedModule> {
  const { diagnostics, elaboration } = compileSource(source, 'test.cnn');
  if (!elaboration) throw new Error(diagnostics.map(({ code, message }) => `${code} ${message}`).join('\n'));
  const { code } = await emitModule(elaboration, options);
  return importModule(code);
}

export function importModule(code: string): Promise<LoadedModule> {
  return import(/* @vite-ignore */ `data:text/javascript;base64,${Buffer.from(code).toString('base64')}`);
}
