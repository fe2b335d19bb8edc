/**
 * @file What is defined and never used. The question is put to the text, not to one elaboration of it: a name in a branch
 * that is not taken counts as used.
 */
import { diagnostic } from '../diagnostics/catalogue.ts';
import type { Diagnostic, Span } from '../diagnostics/diagnostic.ts';
import type { BlockItem, Expression, FunctionItem, Name, NetworkItem, Program, Statement } from '../syntax/ast.ts';
import { help } from './problems.ts';

/** Every object of a syntax tree that has a kind. */
export function visit(tree: unknown, see: (node: { kind: string }) => void): void {
  if (typeof tree !== 'object' || tree === null) return;
  if ('kind' in tree) see(tree as { kind: string });
  for (const child of Object.values(tree)) visit(child, see);
}

/** The names that expressions in `tree` mention. */
export function namesIn(tree: object): Name[] {
  const names: Name[] = [];
  visit(tree, (node) => {
    if (node.kind === 'identifier') names.push(node as unknown as Name);
    else if (node.kind === 'call') names.push((node as unknown as { callee: Name }).callee);
    else if (node.kind === 'output' && !('value' in node)) names.push((node as unknown as { name: Name }).name);
  });
  return names;
}

/** Names of what flows, of what it flows into, and of arguments that are not words of their attribute. */
export function flowingNames(tree: object): Name[] {
  const names: Name[] = [];
  const add = (...parts: readonly Expression[]) => {
    for (const part of parts) if (part.kind === 'identifier') names.push(part);
  };
  visit(tree, (node) => {
    const part = node as Expression;
    if (part.kind === 'pipeline') add(part.source, ...part.stages.map(({ target }) => target));
    if (part.kind !== 'call') return;
    names.push(part.callee);
    add(...part.arguments.flatMap(({ name, value }) => (name ? [] : [value])));
  });
  return names;
}

/** The in-place names of layers in `tree`, those inside of `for` excepted. */
export function inPlaceNames(tree: object): Name[] {
  const names: Name[] = [];
  visit(tree, (node) => {
    if (node.kind !== 'pipeline') return;
    for (const stage of (node as unknown as { stages: { name?: Name }[] }).stages)
      if (stage.name) names.push(stage.name);
  });
  return names;
}

export function checkUsage(program: Program): Diagnostic[] {
  const mentioned = new Set(namesIn(program).map(({ text }) => text));
  return program.items.flatMap((item) => {
    if (item.kind === 'train') return [];
    if (item.kind === 'import')
      return item.names.filter(({ text }) => !mentioned.has(text)).map((name) => unusedDefinition(name, 'import'));
    if (item.kind !== 'network' && !mentioned.has(item.name.text)) return [unusedDefinition(item.name, item.kind)];
    if (item.kind === 'network') return [...unusedParameters(item), ...unusedValues(item.body).filter(isAside(item))];
    if (item.kind === 'block') return [...unusedParameters(item), ...unusedValues(item.body)];
    return item.kind === 'fn' ? unusedParameters(item) : [];
  });
}

/** In a network without a loss and outputs, values that nothing uses are what it computes. */
function isAside({ body }: NetworkItem): (found: Diagnostic) => boolean {
  const hasResults = body.some(({ kind }) => kind === 'loss' || kind === 'output');
  return ({ code }) => hasResults || code !== 'CNN2004';
}

const kindNames = {
  import: 'imported name',
  block: 'block',
  fn: 'function',
  op: 'operator',
  binding: 'constant',
} as const;

/** What follows from it: applying a definition is what checks it. */
const unchecked = {
  import: '',
  block: ', so only its names were checked',
  fn: ', so it was not checked',
  op: ', so it was not checked',
  binding: '',
} as const;

function unusedDefinition({ text, span }: Name, kind: keyof typeof kindNames): Diagnostic {
  return diagnostic('CNN2014', `${kindNames[kind]} \`${text}\` is never used${unchecked[kind]}`, {
    span,
    ...help(kind === 'binding' || kind === 'import' ? 'remove it' : `apply it: \`x -> ${text}\``),
  });
}

function unusedParameters({ name, parameters, body }: NetworkItem | BlockItem | FunctionItem): Diagnostic[] {
  const used = new Set(namesIn([body, ...parameters]).map(({ text }) => text));
  return parameters
    .filter((parameter) => !used.has(parameter.name.text))
    .map((parameter) =>
      diagnostic('CNN2015', `parameter \`${parameter.name.text}\` of \`${name.text}\` is never used`, {
        span: parameter.name.span,
        ...help('use it, or remove it'),
      }),
    );
}

function unusedValues(body: readonly Statement[]): Diagnostic[] {
  const used = new Set(namesIn(body).map(({ text }) => text));
  const found: Diagnostic[] = [];
  const look = (statements: readonly Statement[]) => {
    for (const statement of statements) {
      if (statement.kind === 'for') look(statement.body);
      else if ('name' in statement && statement.name && !used.has((statement.name as Name).text))
        found.push(...unusedValue(statement));
    }
  };
  look(body);
  return found;
}

/** `loss = crossentropy(logits, label)` */
const isStatement = (name: string) => ['loss', 'metric', 'output'].includes(name);

function unusedValue(statement: Statement): Diagnostic[] {
  const at = (span: Span) => ({ span });
  switch (statement.kind) {
    case 'binding': {
      const { text, span } = statement.name;
      const fix = help(
        isStatement(text)
          ? `write \`${text} …\`, without a sign: with \`=\` it is a value that happens to be called so`
          : `use it, put it out with \`output ${text}\`, or remove it`,
      );
      return [diagnostic('CNN2004', `\`${text}\` is never used`, { ...at(span), ...fix })];
    }
    case 'input':
    case 'target': {
      const { text, span } = statement.name;
      const use = statement.kind === 'input' ? `let it flow into a layer: \`${text} -> …\`` : 'use it in the loss';
      return [diagnostic('CNN2005', `${statement.kind} \`${text}\` is never used`, { ...at(span), ...help(use) })];
    }
    default:
      return [];
  }
}
