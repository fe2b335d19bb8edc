/**
 * @file What an editor asks of one text: its tree, its names, what is wrong with it, and what each expression and each
 * stage of a pipeline gives. A file of several networks is understood once for each, as with `--network`.
 */
import { type CompileOptions, compileSource } from '../compile.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { inOrder } from '../diagnostics/in-order.ts';
import { Source } from '../diagnostics/source.ts';
import type { Resolution } from '../resolve/resolution.ts';
import type { Value } from '../semantics/evaluate/values.ts';
import type { Elaboration } from '../semantics/model.ts';
import type { ImportedText } from '../semantics/names/modules.ts';
import type { SourceResult } from '../semantics/understand.ts';
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
  /** Of this file and of what it imports. */
  readonly diagnostics: readonly Diagnostic[];
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
    compileSource(text, file, { ...options, network, library: true, observe: observed.observe });
  const whole = compile();
  const { program, names, sources } = whole;
  const items = program.items.filter((item) => item.kind === 'network');
  const results = items.length > 1 ? items.map((item) => compile(item.name.text)) : [whole];
  return {
    file,
    text,
    source: new Source(file, text),
    program,
    names,
    diagnostics: inOrder(file, distinct(results.flatMap(({ diagnostics }) => diagnostics))),
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

function elaborationOf({ elaboration, partial }: SourceResult): NetworkResult['elaboration'] {
  let known = elaboration;
  return () => {
    known ??= partial?.();
    return known;
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
