/** @file What can be imported, and the edits by which it is. */
import { library } from 'cnnc:library';
import type { Edit } from '../diagnostics/diagnostic.ts';
import type { Item, Program } from '../syntax/ast.ts';
import { code } from './words.ts';
import type { Workspace } from './workspace.ts';

export interface Importable {
  readonly name: string;
  readonly kind: 'block' | 'function' | 'constant';
  /** Markdown. */
  readonly documentation: string;
}

export function libraryPaths(): readonly string[] {
  return Object.keys(library);
}

/** What the file behind `path` lets others import. */
export function definitionsIn(workspace: Workspace, path: string, importer: string): Importable[] {
  const own = Object.hasOwn(library, path) ? { file: path, text: library[path]! } : workspace.read(path, importer);
  if ('problem' in own) return [];
  const { items } = workspace.programOf(own.file, own.text);
  return items.flatMap((item) => importableOf(item, own.text));
}

function importableOf(item: Item, text: string): Importable[] {
  const kinds = { block: 'block', fn: 'function', op: 'function', binding: 'constant' } as const;
  if (!Object.hasOwn(kinds, item.kind) || !('name' in item)) return [];
  const whole = text.slice(item.span.start, item.span.end);
  const head = item.kind === 'block' ? whole.slice(0, whole.indexOf('{')) : whole;
  return [{ name: item.name.text, kind: kinds[item.kind as keyof typeof kinds], documentation: code(head.trim()) }];
}

/** Adds a name to the import of its file, or an import to the others. */
export function importEdit(program: Program, file: string, name: string, path: string): Edit {
  const imports = program.items.filter((item) => item.kind === 'import');
  const known = imports.find(({ from, names }) => from.value === path && names.length > 0);
  if (known) {
    const { end } = known.names.at(-1)!.span;
    return { span: { file, start: end, end }, replacement: `, ${name}` };
  }
  const line = `import { ${name} } from "${path}"`;
  const last = imports.at(-1);
  if (last) return { span: { file, start: last.span.end, end: last.span.end }, replacement: `\n${line}` };
  const start = program.items[0]?.span.start ?? 0;
  return { span: { file, start, end: start }, replacement: `${line}\n\n` };
}
