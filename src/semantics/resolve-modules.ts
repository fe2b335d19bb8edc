/** @file The names of all files of a program. */
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Resolution } from '../resolve/resolution.ts';
import { resolve } from '../resolve/resolve.ts';
import type { LoadedModules, Module } from './modules.ts';
import { unknownNames } from './unknown-names.ts';
import { vocabulary } from './vocabulary.ts';

export interface ResolvedModules {
  /** Of the file that is compiled. */
  readonly names: Resolution;
  readonly diagnostics: readonly Diagnostic[];
}

/** Reports CNN2001 and CNN2003. */
export function resolveModules({ main, all }: Pick<LoadedModules, 'main' | 'all'>): ResolvedModules {
  const resolved = new Map<Module, Resolution>();
  for (const module of all) {
    const imported = [...module.imports].map(([item, from]) => [item, resolved.get(from)!] as const);
    resolved.set(module, resolve(module.program, { vocabulary, imports: new Map(imported) }));
  }
  const diagnostics = [...resolved].flatMap(([{ broken }, names]) => (broken ? [] : unknownNames(names)));
  return { names: resolved.get(main)!, diagnostics };
}
