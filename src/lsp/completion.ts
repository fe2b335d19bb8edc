/** @file What may stand at the cursor: words of the language with their documentation, and names in scope. */
import type { Edit } from '../diagnostics/diagnostic.ts';
import { functionNamed, functionNames } from '../formula/functions.ts';
import { findOperator, OPERATORS } from '../ops/registry.ts';
import type { Definition } from '../resolve/definition.ts';
import { visibleAt } from '../resolve/resolution.ts';
import { type AttributeSpec, isRequired, named, placed } from '../specs/attributes.ts';
import type { CallExpression } from '../syntax/ast.ts';
import { SETTINGS } from '../training/settings.ts';
import { type CompletionSite, completionSite, isProbe, type Site } from './completion-site.ts';
import { definitionsIn, importEdit, libraryPaths } from './library.ts';
import { keywordsAt, snippetOf } from './snippets.ts';
import {
  attributeText,
  builtinPage,
  operatorPage,
  settingNamed,
  settingPage,
  settingWordPage,
  wordPage,
} from './words.ts';
import { originOf, type Workspace } from './workspace.ts';

export type CompletionKind =
  | 'keyword'
  | 'layer'
  | 'block'
  | 'function'
  | 'value'
  | 'parameter'
  | 'argument'
  | 'setting'
  | 'word'
  | 'file'
  | 'constant';

export interface Completion {
  readonly label: string;
  readonly kind: CompletionKind;
  /** A few words beside it. */
  readonly detail?: string;
  /** Markdown. */
  readonly documentation?: string;
  /** What is written, where that is not the label; `$1` and `$0` are places to go to. */
  readonly snippet?: string;
  /** Changes elsewhere, such as an import. */
  readonly edits?: readonly Edit[];
}

export interface Completions {
  /** What is replaced. */
  readonly start: number;
  readonly end: number;
  readonly items: readonly Completion[];
}

export function completionsAt(workspace: Workspace, file: string, offset: number): Completions {
  const text = workspace.textOf(file);
  if (text === undefined) return { start: offset, end: offset, items: [] };
  const found = completionSite(text, file, offset, workspace.read);
  return { start: found.start, end: found.end, items: itemsAt({ workspace, file, text, found }, found.site) };
}

/** Of tensors; `height` and `width` of maps alone, `classes` of class targets. */
const MEMBERS: readonly Completion[] = ['channels', 'height', 'width', 'shape', 'classes'].map((label) => ({
  label,
  kind: 'value',
}));

interface Request {
  readonly workspace: Workspace;
  readonly file: string;
  readonly text: string;
  readonly found: CompletionSite;
}

function itemsAt(request: Request, site: Site): readonly Completion[] {
  switch (site.kind) {
    case 'comment':
    case 'number':
      return [];
    case 'item':
      return keywordsAt('item');
    case 'statement':
      return keywordsAt(site.body);
    case 'path':
      return paths(request);
    case 'import': {
      const given = site.item.names.map(({ text }) => text);
      const names = definitionsIn(request.workspace, site.item.from.value, request.file);
      return names.filter(({ name }) => !given.includes(name)).map(({ name, kind }) => ({ label: name, kind }));
    }
    case 'trained':
      return request.found.program.items.flatMap((item) =>
        item.kind === 'network' ? [{ label: item.name.text, kind: 'word' as const, detail: 'network' }] : [],
      );
    case 'setting':
      return SETTINGS.filter(({ name, repeatable }) => repeatable || !site.given.includes(name)).map((setting) => ({
        label: setting.name,
        kind: 'setting',
        detail: setting.summary,
        documentation: settingPage(setting),
      }));
    case 'setting word':
      return settingWords(site.setting);
    case 'setting argument':
      return settingArguments(site);
    case 'argument':
      return argumentsOf(request, site.call, site.name?.text);
    case 'member':
      return MEMBERS;
    case 'value':
      return values(request, site.flows, site.role);
  }
}

/** What is in sight: `in`, values, blocks, parameters. */
function valueNames({ found }: Request): Completion[] {
  return visibleAt(found.names, found.start).flatMap((definition) => {
    const kind = kindOf(originOf(definition).kind);
    return kind ? [{ label: definition.name.text, kind, detail: originOf(definition).kind }] : [];
  });
}

function kindOf(kind: Definition['kind']): CompletionKind | undefined {
  switch (kind) {
    case 'block':
      return 'block';
    case 'function':
    case 'operator':
      return 'function';
    case 'constant':
      return 'constant';
    case 'parameter':
    case 'variable':
      return 'parameter';
    case 'network':
    case 'output':
    case 'import':
      return undefined;
    default:
      return 'value';
  }
}

function values(request: Request, flows: boolean, role: 'loss' | 'metric' | undefined): Completion[] {
  const kinds = role ? [role] : ['layer'];
  const operators = OPERATORS.filter(({ kind }) => kinds.includes(kind)).map(operatorItem);
  const names = valueNames(request);
  const functions = functionNames().filter((name) => !findOperator(name));
  const others = functions.map((name): Completion => {
    const documentation = builtinPage(name);
    return {
      label: name,
      kind: 'function',
      detail: functionNamed(name).meaning,
      ...(documentation && { documentation }),
    };
  });
  if (role) return [...operators, ...names];
  const words = flows ? keywordsAt('stage') : [];
  return [...names, ...operators, ...words, ...others, ...importable(request, names)];
}

function operatorItem(operator: (typeof OPERATORS)[number]): Completion {
  const { name, summary, attributes, kind } = operator;
  const needed = attributes.filter(isRequired);
  const places = needed.map((spec) => `<${spec.name}>`).join(', ');
  const written = kind === 'layer' ? needed.length > 0 && `${name}(${places})` : `${name}(<scores>, <target>)`;
  return {
    label: name,
    kind: 'layer',
    detail: summary,
    documentation: operatorPage(operator),
    ...(written && { snippet: snippetOf(written) }),
  };
}

/** Blocks of the standard library that are not in sight, with the import that brings them. */
function importable({ workspace, file, found }: Request, known: readonly Completion[]): Completion[] {
  return libraryPaths().flatMap((path) =>
    definitionsIn(workspace, path, file)
      .filter(({ name, kind }) => kind === 'block' && !known.some(({ label }) => label === name))
      .map(({ name, documentation }) => ({
        label: name,
        kind: 'block' as const,
        detail: `from "${path}"`,
        documentation,
        edits: [importEdit(found.program, file, name, path)],
      })),
  );
}

function paths({ workspace, file }: Request): Completion[] {
  const folder = file.slice(0, file.lastIndexOf('/') + 1);
  const others = workspace.names().map(({ file: other }) => other);
  const near = others
    .filter((other) => other !== file && other.startsWith(folder))
    .map((other) => `./${other.slice(folder.length)}`);
  return [...libraryPaths(), ...near].map((label) => ({ label, kind: 'file' }));
}

function argumentsOf(
  request: Request,
  { callee, arguments: given }: CallExpression,
  name: string | undefined,
): Completion[] {
  const operator = findOperator(callee.text);
  const attributes = operator?.attributes ?? [];
  if (name !== undefined) {
    if (name === 'init' || name === 'bias_init') return settingWords('init');
    const spec = attributes.find((one) => one.name === name);
    return [...(spec ? wordsFor(spec) : []), ...valueNames(request)];
  }
  const taken = takenBy(given, attributes);
  const free = attributes.filter((spec) => !taken.includes(spec.name)).map(attributeItem);
  return [...free, ...parametersOf(request, callee.text, taken), ...valueNames(request)];
}

/** Names of the attributes that a call gives, with their names or by place. */
function takenBy(given: CallExpression['arguments'], attributes: readonly AttributeSpec[]): string[] {
  const byPlace = given.filter(({ name, value }) => !name && !isProbe(value));
  const places = placed(attributes).slice(0, byPlace.length);
  return [...places.map(({ name }) => name), ...given.flatMap(({ name }) => name?.text ?? [])];
}

function attributeItem(spec: AttributeSpec): Completion {
  const { name } = spec;
  return {
    label: `${name}:`,
    kind: 'argument',
    snippet: `${name}: $0`,
    detail: spec.doc,
    documentation: attributeText(spec),
  };
}

/** Of a block, function or operator of the program. */
function parametersOf({ found }: Request, callee: string, taken: readonly (string | undefined)[]): Completion[] {
  const definition = visibleAt(found.names, found.start).find(({ name }) => name.text === callee);
  const node = definition && originOf(definition).node;
  if (!node || !('parameters' in node)) return [];
  const free = node.parameters.filter(({ name }) => !taken.includes(name.text));
  return free.map(({ name }) => ({
    label: `${name.text}:`,
    kind: 'argument',
    snippet: `${name.text}: $0`,
    detail: `of ${callee}`,
  }));
}

function wordsFor(spec: AttributeSpec): Completion[] {
  const words = spec.type === 'boolean' ? ['true', 'false'] : (spec.choices ?? []);
  return words.map((label) => ({ label, kind: 'word', detail: spec.doc }));
}

function settingWords(setting: string): Completion[] {
  const words = settingNamed(setting)?.words ?? [];
  return words.map((word) => ({
    label: word.name,
    kind: 'word',
    detail: word.summary,
    documentation: settingWordPage(setting, word.name) ?? wordPage(word, 'a word'),
  }));
}

function settingArguments({ setting, call, name }: Extract<Site, { kind: 'setting argument' }>): Completion[] {
  const word = settingNamed(setting)?.words?.find((one) => one.name === call.callee.text);
  const attributes = word ? named(word.attributes) : [];
  const asked = attributes.find((spec) => spec.name === name?.text);
  if (asked) return wordsFor(asked);
  const taken = takenBy(call.arguments, attributes);
  const bare = attributes.filter(({ byPlace, choices }) => byPlace !== false && choices).flatMap(wordsFor);
  return [...bare, ...attributes.filter((spec) => !taken.includes(spec.name)).map(attributeItem)];
}
