/** @file From the items of a file to one walked network: its choice, its parameters, its body. */
import { diagnostic } from '../diagnostics/catalogue.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type {
  BlockItem,
  FunctionItem,
  ImportItem,
  Item,
  Name,
  NetworkItem,
  OperatorItem,
  Program,
  Statement,
} from '../syntax/ast.ts';
import type { Damage } from '../syntax/damage.ts';
import { openInput, runToOutput, type Subject } from './block-alone.ts';
import { applyBlock } from './evaluate/blocks.ts';
import { evaluate } from './evaluate/expressions.ts';
import { formulaNames } from './evaluate/formulas.ts';
import { declared, runBody } from './evaluate/statements.ts';
import { type Callable, describe, type Value } from './evaluate/values.ts';
import { newGroup } from './layers/naming.ts';
import type { Elaboration } from './model.ts';
import type { LoadedModules, Module } from './names/modules.ts';
import { resolveName } from './names/names.ts';
import { Scope } from './names/scope.ts';
import { builtinNames, vocabulary } from './names/vocabulary.ts';
import { didYouMean, fail, help, listed } from './problems.ts';
import { type Place, Walk, type WalkOptions } from './walk/walk.ts';

export type SetValue = number | string | boolean;

/** The network to compile. Reports CNN2006, CNN2007 and CNN2043. */
export function chooseNetwork(program: Program, wanted: string | undefined): NetworkItem {
  const networks = program.items.filter((item) => item.kind === 'network');
  const names = networks.map((network) => network.name.text);
  const [first, second] = networks;
  if (wanted !== undefined) {
    const found = networks.find((network) => network.name.text === wanted);
    return (
      found ?? fail('CNN2043', `there is no network \`${wanted}\``, undefined, didYouMean(wanted, names, undefined))
    );
  }
  if (!first) {
    const span = { ...program.span, end: program.span.start };
    const block = program.items.find((item) => item.kind === 'block');
    const alone =
      block && `; \`summary\` and \`graph\` take a block, too: \`--block ${block.name.text} --input 64x32x32\``;
    return fail('CNN2006', 'this file has no network', span, help(`write \`network Name { … }\`${alone ?? ''}`));
  }
  if (!second) return first;
  return fail('CNN2007', `this file has ${networks.length} networks: ${listed(names)}`, second.name.span, {
    ...help(`say which one is meant with \`--network ${first.name.text}\`, or move the others to files of their own`),
  });
}

/** Walks the constants of files, then the network. The scope of the main file is given back for the `train` block. */
export function walkNetwork(
  modules: Pick<LoadedModules, 'main' | 'all'>,
  { network, module }: Subject,
  set: Readonly<Record<string, SetValue>>,
  options: Omit<WalkOptions, 'evaluate' | 'applyBlock'>,
): { walk: Walk; file: Place } {
  const { file, scopes } = openFiles(modules, options);
  const place = { ...file, scope: new Scope(scopes.get(module)) };
  if (network.kind === 'block') {
    if (!file.walk.attempt(() => openInput(place, network) ?? true)) return { walk: file.walk, file };
    defineParameters(place, network, set);
    file.walk.attempt(() => runToOutput(place, network));
    return { walk: file.walk, file };
  }
  defineParameters(place, network, set);
  file.walk.attempt(() => runBody(place, network, 'network'));
  for (const name of options.inputShapes?.keys() ?? []) file.walk.attempt(() => checkInput(file.walk, network, name));
  return { walk: file.walk, file };
}

/** Whether there is an input to give another shape to; '' is the only one. Reports CNN2047. */
function checkInput({ draft: { inputs } }: Walk, network: NetworkItem, wanted: string): void {
  const names = inputs.map(({ name }) => name);
  if (wanted === '' ? names.length === 1 : names.includes(wanted)) return;
  const { text, span } = network.name;
  if (wanted === '')
    fail('CNN2047', `\`${text}\` has ${names.length} inputs: ${listed(names)}`, span, {
      ...help('say which one: `--input NAME=3x320x320`'),
    });
  fail('CNN2047', `\`${text}\` has no input \`${wanted}\``, span, didYouMean(wanted, names, undefined));
}

/** A walk that knows what the files of a program define, in the main one. */
export function openFile(...program: Parameters<typeof openFiles>): Place {
  return openFiles(...program).file;
}

function openFiles(
  { main, all }: Pick<LoadedModules, 'main' | 'all'>,
  options: Omit<WalkOptions, 'evaluate' | 'applyBlock'>,
): { readonly file: Place; readonly scopes: ReadonlyMap<Module, Scope<Value>> } {
  const isMeant = ({ text, span }: Name) =>
    all.some(({ program, meant }) => program.span.file === span.file && meant.has(text));
  const walk = new Walk({ isMeant, ...options, evaluate, applyBlock });
  const { damage } = options;
  const scopes = new Map<Module, Scope<Value>>();
  for (const module of all) {
    const scope = fileScope(module, scopes, damage);
    scopes.set(module, scope);
    const place = { walk, scope, group: newGroup(''), rounds: '' };
    for (const item of module.program.items) if (item.kind === 'binding') defineConstant(place, item);
  }
  return { file: { walk, scope: scopes.get(main)!, group: newGroup(''), rounds: '' }, scopes };
}

/** Blocks, functions and imported names are known everywhere in the file. */
function fileScope(
  { program, imports }: Module,
  scopes: ReadonlyMap<Module, Scope<Value>>,
  damage: Damage | undefined,
): Scope<Value> {
  const scope = new Scope<Value>();
  for (const item of program.items) {
    if (item.kind === 'binding') scope.later.set(item.name.text, item.name.span);
    if (item.kind === 'import') importNames(scope, item, scopes.get(imports.get(item)!));
    if ((item.kind !== 'block' && item.kind !== 'fn' && item.kind !== 'op') || scope.find(item.name.text)) continue;
    const value: Value = { kind: 'callable', target: callableOf(item, scope) };
    scope.define(item.name, entryKinds[item.kind], damage?.isBroken(item) ? undefined : value);
  }
  return scope;
}

/** What could not be imported has been reported, and fails quietly. */
function importNames(scope: Scope<Value>, { names }: ImportItem, from: Scope<Value> | undefined): void {
  for (const name of names) {
    const entry = from?.find(name.text);
    if (!scope.find(name.text)) scope.define(name, entry?.kind ?? 'block', entry?.value);
  }
}

const entryKinds = { block: 'block', fn: 'function', op: 'operator' } as const;

function callableOf(item: BlockItem | FunctionItem | OperatorItem, scope: Scope<Value>): Callable {
  if (item.kind === 'block') return { kind: 'block', block: { item, scope } };
  if (item.kind === 'op') return { kind: 'op', formula: { item, names: formulaNames(scope) } };
  return { kind: 'function', name: item.name.text, definition: { item, names: formulaNames(scope) } };
}

const kindNames = { network: 'network', block: 'block', fn: 'function', op: 'operator' } as const;

/** The names that an item gives a meaning in its file, and what they are; those of constants are checked later. */
function definedNames(item: Item): { readonly name: Name; readonly kind: string }[] {
  if (item.kind === 'import') return item.names.map((name) => ({ name, kind: 'imported' }));
  if (item.kind === 'train' || item.kind === 'binding' || item.kind === 'allow') return [];
  return [{ name: item.name, kind: `a ${kindNames[item.kind]}` }];
}

/** Two definitions of one name. */
export function checkDuplicates({ items }: Program): Diagnostic[] {
  const known = new Map<string, { readonly name: Name; readonly kind: string }>();
  return items.flatMap(definedNames).flatMap((definition) => {
    const { text, span } = definition.name;
    const earlier = known.get(text);
    if (!earlier) known.set(text, definition);
    if (!earlier) return [];
    return [
      diagnostic('CNN2002', `\`${text}\` is defined twice`, {
        span,
        notes: [{ message: `it is ${earlier.kind} already`, span: earlier.name.span }],
        ...help('give one of them another name'),
      }),
    ];
  });
}

function defineConstant(file: Place, item: Extract<Program['items'][number], { kind: 'binding' }>): void {
  const { name, value: expression } = item;
  const isBroken = file.walk.options.damage?.isBroken(item);
  const value = isBroken
    ? undefined
    : file.walk.attempt(() => declared(evaluate(file, expression), expression, name.text));
  file.walk.attempt(() => file.scope.define(name, 'constant', value));
}

function defineParameters(place: Place, network: Subject['network'], set: Readonly<Record<string, SetValue>>): void {
  const { walk, scope } = place;
  const names = network.parameters.map((parameter) => parameter.name.text);
  for (const name of Object.keys(set))
    if (!names.includes(name))
      walk.attempt(() =>
        fail('CNN2011', `\`${network.name.text}\` has no parameter \`${name}\` to set`, network.name.span, {
          ...didYouMean(name, names, undefined, names.length > 0 ? `it has ${listed(names)}` : 'it has no parameters'),
        }),
      );
  for (const { name, defaultValue } of network.parameters) {
    const value = walk.attempt(() => {
      const standard = defaultValue && evaluate(place, defaultValue);
      const given = Object.hasOwn(set, name.text) ? set[name.text] : undefined;
      if (given !== undefined) return setValue(place, name, given, standard);
      return (
        standard ??
        fail('CNN2012', `\`${name.text}\` has no value`, name.span, {
          ...help(
            `${network.kind === 'block' ? 'write' : `give it a default, \`${name.text} = …\`, or`} \`--set ${name.text}=…\``,
          ),
        })
      );
    });
    walk.attempt(() => scope.define(name, 'parameter', value));
  }
}

/** A value from the command line, of the kind that the default has. */
function setValue(place: Place, name: Name, given: SetValue, standard: Value | undefined): Value {
  if (standard?.kind === 'callable' && typeof given === 'string') return layerNamed(place, name, given);
  const value = literal(given, standard?.kind);
  if (!standard || value.kind === standard.kind) return value;
  return fail('CNN2013', `\`${name.text}\` cannot be set to ${describe(value)}`, undefined, {
    notes: [{ message: `its default is ${describe(standard)}` }],
    ...help(`set it to a ${standard.kind}`),
  });
}

/** `--set activation=silu` */
function layerNamed(place: Place, { text, span }: Name, given: string): Value {
  if (place.scope.find(given) || vocabulary.builtin(given)) return resolveName(place, { text: given, span });
  return fail('CNN2013', `\`${text}\` cannot be set to \`${given}\`, which is not known`, undefined, {
    ...didYouMean(given, builtinNames(), undefined, 'set it to the name of a layer'),
  });
}

function literal(given: SetValue, wanted: Value['kind'] | undefined): Value {
  if (typeof given === 'number') return { kind: 'number', value: given };
  if (typeof given === 'boolean') return { kind: 'boolean', value: given };
  if (wanted === 'string') return { kind: 'string', value: given };
  const pair = /^(\d+)x(\d+)$/.exec(given);
  if (pair) return { kind: 'pair', values: [Number(pair[1]), Number(pair[2])] };
  if (given === 'true' || given === 'false') return { kind: 'boolean', value: given === 'true' };
  const number = given.trim() === '' ? Number.NaN : Number(given);
  if (Number.isFinite(number)) return { kind: 'number', value: number };
  return { kind: wanted === 'word' ? 'word' : 'string', value: given };
}

/**
 * Reports a network without an input, one that is to be trained and has no loss, and one that is trained and predicts
 * nothing. Without a loss and outputs it can still be checked and summarised.
 */
export function checkComplete({ name, body }: NetworkItem, { items }: Program): Diagnostic[] {
  const has = (kind: Statement['kind']) => body.some((statement) => statement.kind === kind);
  const isTrained = items.some((item) => item.kind === 'train' && item.network.text === name.text);
  const lacks = (code: 'CNN2008' | 'CNN2009' | 'CNN2010', kind: string, example: string) =>
    diagnostic(code, `network \`${name.text}\` has no ${kind}`, { span: name.span, ...help(`add \`${example}\``) });
  return [
    ...(has('input') ? [] : [lacks('CNN2010', 'input', 'input image: [1, 28, 28]')]),
    ...(isTrained && !has('loss') ? [lacks('CNN2008', 'loss to train with', LOSS_EXAMPLE)] : []),
    ...(has('loss') && !has('output') ? [lacks('CNN2009', 'output', 'output probs = softmax(logits)')] : []),
  ];
}

const LOSS_EXAMPLE = 'loss crossentropy(logits, label)';

export function hasLoss({ training }: Elaboration): boolean {
  return training.graph.results.some(({ role }) => role === 'loss');
}

/** Reports CNN2008. */
export function requireLoss(elaboration: Elaboration): void {
  if (hasLoss(elaboration)) return;
  const { training, place } = elaboration;
  fail('CNN2008', `network \`${training.name}\` has no loss, which training makes smaller`, place, {
    ...help(`add \`${LOSS_EXAMPLE}\``),
  });
}
