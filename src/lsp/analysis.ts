/**
 * @file What an editor asks of one text: its tree, its names, what is wrong with it, and what each expression and each
 * stage of a pipeline gives. A file of several networks is understood once for each, as with `--network`.
 */

import { type CompileOptions, compileInParts, type SourceParts } from '../compile.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { inOrder } from '../diagnostics/in-order.ts';
import { Source } from '../diagnostics/source.ts';
import type { Resolution } from '../resolve/resolution.ts';
import type { Value } from '../semantics/evaluate/values.ts';
import type { Elaboration } from '../semantics/model.ts';
import type { ImportedText } from '../semantics/names/modules.ts';
import type { Expression, NetworkItem, Program, Stage } from '../syntax/ast.ts';

/** One network of a file, and what of it is known. */
export interface NetworkResult {
  readonly item: NetworkItem;
  /** Of a network with errors: the layers before those that failed. Computed when it is first asked for. */
  readonly elaboration: () => Elaboration | undefined;
}

export interface Analysis {
  readonly file: string;
  readonly text: string;
  readonly source: Source;
  readonly program: Program;
  readonly names: Resolution;
  /** What is wrong with this file and with what it imports, but for false assertions about figures. */
  readonly mistakes: readonly Diagnostic[];
  /** Everything there is to say, as `check` says it. Computed when it is first asked for: it takes several times as long. */
  readonly diagnostics: () => readonly Diagnostic[];
  readonly networks: readonly NetworkResult[];
  /** What an expression or a stage gave, each time it was run: a block that is applied often runs often. */
  readonly valuesOf: (node: Expression | Stage) => readonly Value[];
  readonly imported: readonly ImportedText[];
}

export type AnalysisOptions = Pick<CompileOptions, 'read' | 'levels'>;

/** Never throws for what a user wrote. */
export function analyze(text: string, file: string, options: AnalysisOptions = {}): Analysis {
  const observed = new Observed(file);
  const compile = (network?: string) =>
    compileInParts(text, file, { ...options, network, library: true, observe: observed.observe });
  const whole = compile();
  const { program, names, sources } = whole.first;
  const items = program.items.filter((item) => item.kind === 'network');
  const parts = items.length > 1 ? items.map((item) => compile(item.name.text)) : [whole];
  const results = parts.map((part) => ({ ...part, whole: once(part.whole) }));
  return {
    file,
    text,
    source: new Source(file, text),
    program,
    names,
    mistakes: inOrder(file, distinct(results.flatMap(({ first }) => first.diagnostics))),
    diagnostics: once(() => inOrder(file, distinct(results.flatMap(({ whole }) => whole().diagnostics)))),
    networks: items.map((item, k) => ({ item, elaboration: elaborationOf(results[k]!) })),
    valuesOf: observed.valuesOf,
    imported: sources,
  };
}

/** Several walks of one text make trees of their own; a node is known by its kind and place. */
class Observed {
  readonly #values = new Map<string, Value[]>();

  constructor(readonly file: string) {}

  readonly observe = (node: Expression | Stage, value: Value): void => {
    if (node.span.file !== this.file) return;
    const key = keyOf(node);
    const known = this.#values.get(key);
    if (known) known.push(value);
    else this.#values.set(key, [value]);
  };

  readonly valuesOf = (node: Expression | Stage): readonly Value[] => this.#values.get(keyOf(node)) ?? [];
}

function keyOf({ kind, span }: Expression | Stage): string {
  return `${kind} ${span.start} ${span.end}`;
}

function elaborationOf({ whole }: SourceParts): NetworkResult['elaboration'] {
  return once(() => {
    const { elaboration, partial } = whole();
    return elaboration ?? partial?.();
  });
}

function once<Result>(compute: () => Result): () => Result {
  let known: { readonly result: Result } | undefined;
  return () => {
    known ??= { result: compute() };
    return known.result;
  };
}

/** What is wrong with a block is found in each network that applies it. */
function distinct(found: readonly Diagnostic[]): Diagnostic[] {
  const told = new Map<string, Diagnostic>();
  for (const diagnostic of found) {
    const { code, span, message } = diagnostic;
    const key = JSON.stringify([code, span, message]);
    if (!told.has(key)) told.set(key, diagnostic);
  }
  return [...told.values()];
}
