/** @file What is defined and never used. A name in a branch that is not taken counts as used. */
import { diagnostic } from '../diagnostics/catalogue.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Definition, DefinitionKind } from '../resolve/definition.ts';
import type { Resolution } from '../resolve/resolution.ts';
import type { Item, Program } from '../syntax/ast.ts';
import { help } from './problems.ts';

/** Reports CNN2004, CNN2005, CNN2014 and CNN2015. What a library defines is there for others. */
export function checkUsage({ items }: Program, { definitions }: Resolution, isLibrary = false): Diagnostic[] {
  return definitions.filter(isUnused).flatMap((definition) => {
    if (isLibrary && exported.includes(definition.kind)) return [];
    const { start } = definition.name.span;
    const item = items.find(({ span }) => span.start <= start && start < span.end);
    const found = item && reports[definition.kind]?.(definition, item);
    return found ? [found] : [];
  });
}

/** What only applies itself is not used. */
function isUnused({ uses, node, kind }: Definition): boolean {
  if (!callables.includes(kind)) return uses.length === 0;
  return uses.every(({ name: { span } }) => span.start >= node.span.start && span.end <= node.span.end);
}

const callables: readonly DefinitionKind[] = ['block', 'function', 'operator'];
const exported: readonly DefinitionKind[] = [...callables, 'constant'];

type Report = (definition: Definition, item: Item) => Diagnostic | undefined;

const reports: Readonly<Partial<Record<DefinitionKind, Report>>> = {
  import: (definition) => unusedDefinition(definition, 'imported name'),
  constant: (definition) => unusedDefinition(definition, 'constant'),
  block: (definition) => unusedDefinition(definition, 'block'),
  function: (definition) => unusedDefinition(definition, 'function'),
  operator: (definition) => unusedDefinition(definition, 'operator'),
  parameter: unusedParameter,
  value: unusedValue,
  input: (definition) => unusedSource(definition, `let it flow into a layer: \`${definition.name.text} -> …\``),
  target: (definition) => unusedSource(definition, 'use it in the loss'),
};

/** Applying a definition is what checks its shapes. */
function unusedDefinition({ name: { text, span }, kind }: Definition, what: string): Diagnostic {
  const isCallable = callables.includes(kind);
  const message = `${what} \`${text}\` is never used${isCallable ? ', so its shapes were not checked' : ''}`;
  return diagnostic('CNN2014', message, { span, ...help(isCallable ? `apply it: \`x -> ${text}\`` : 'remove it') });
}

/** Those of an `op` must be read: that is an error of its own. */
function unusedParameter({ name: { text, span } }: Definition, item: Item): Diagnostic | undefined {
  if (item.kind !== 'network' && item.kind !== 'block' && item.kind !== 'fn') return undefined;
  const message = `parameter \`${text}\` of \`${item.name.text}\` is never used`;
  return diagnostic('CNN2015', message, { span, ...help('use it, or remove it') });
}

/** `loss = crossentropy(logits, label)` */
const isStatement = (name: string) => ['loss', 'metric', 'output'].includes(name);

/** In a network without a loss and outputs, values that nothing uses are what it computes. */
function unusedValue({ name: { text, span } }: Definition, item: Item): Diagnostic | undefined {
  const isResult = item.kind === 'network' && !item.body.some(({ kind }) => kind === 'loss' || kind === 'output');
  if (isResult) return undefined;
  const fix = help(
    isStatement(text)
      ? `write \`${text} …\`, without a sign: with \`=\` it is a value that happens to be called so`
      : `use it, put it out with \`output ${text}\`, or remove it`,
  );
  return diagnostic('CNN2004', `\`${text}\` is never used`, { span, ...fix });
}

function unusedSource({ name: { text, span }, kind }: Definition, use: string): Diagnostic {
  return diagnostic('CNN2005', `${kind} \`${text}\` is never used`, { span, ...help(use) });
}
