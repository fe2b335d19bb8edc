/** @file The names of all files of a program. */
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { Resolution, Unresolved } from '../../resolve/resolution.ts';
import { resolve } from '../../resolve/resolve.ts';
import type { Damage } from '../../syntax/damage.ts';
import type { LoadedModules, Module } from './modules.ts';
import { unknownNames } from './unknown-names.ts';
import { vocabulary } from './vocabulary.ts';

export interface ResolvedModules {
  /** Of the file that is compiled. */
  readonly names: Resolution;
  readonly diagnostics: readonly Diagnostic[];
}

/** Reports CNN2001 and CNN2003, but for names that may have been defined in what is broken. */
export function resolveModules({ main, all }: Pick<LoadedModules, 'main' | 'all'>, damage?: Damage): ResolvedModules {
  const resolved = new Map<Module, Resolution>();
  for (const module of all) {
    const imported = [...module.imports].map(([item, from]) => [item, resolved.get(from)!] as const);
    resolved.set(module, resolve(module.program, { vocabulary, imports: new Map(imported) }));
  }
  const names = resolved.get(main)!;
  const isCertain = certainIn(names, damage);
  const diagnostics = [...resolved].flatMap(([module, { unresolved }]) => {
    const unsaid = unresolved.filter(({ name }) => !module.meant.has(name.text));
    if (module === main) return unknownNames(unsaid.filter(isCertain));
    return module.broken ? [] : unknownNames(unsaid);
  });
  return { names, diagnostics };
}

/** Where nobody can tell which body a name is in, it is enough that it is defined somewhere. */
function certainIn({ definitions }: Resolution, damage: Damage | undefined): (name: Unresolved) => boolean {
  if (!damage) return () => true;
  const defined = new Set(['in', ...definitions.map(({ name }) => name.text)]);
  return ({ name, item, isApplied }) =>
    !damage.mayDefine(name.text, item, isApplied) &&
    (!damage.isBroken(name) || (isApplied === true && damage.isMended(name))) &&
    !(damage.isStructural && defined.has(name.text));
}
