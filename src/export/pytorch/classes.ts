/**
 * @file The classes of a network: one for each block, whose applications share it where nothing but numbers differs; these
 * become its arguments. Blocks whose applications differ in more have several classes.
 */
import type { Node } from '../../ir/graph.ts';
import { type Code, code, type Hole, indented, listed, Names, type Piece, textOf } from './code.ts';
import { type FunctionLibrary, RESERVED } from './library.ts';
import type { Scope } from './scopes.ts';
import { Statements } from './statements.ts';
import { Modules } from './trie.ts';

/** A class before it is known what differs between the applications of its block. */
interface Template {
  readonly scope: Scope;
  readonly modules: Modules;
  readonly parameters: readonly string[];
  readonly body: readonly Code[];
  readonly height: number;
  made?: Code;
}

export interface ClassText {
  readonly name: string;
  readonly text: string;
}

interface Argument {
  readonly name: string;
  readonly standard?: string;
  readonly values: readonly string[];
}

export class Classes {
  readonly #templates: Template[] = [];
  readonly #marks = new Map<string, Template>();
  readonly texts: ClassText[] = [];

  constructor(
    readonly library: FunctionLibrary,
    readonly names: Names,
  ) {}

  /** Makes the template of an application; a mark stands for its constructor until `finish`. */
  construct(scope: Scope): Code {
    const known = this.#templates.find((template) => template.scope === scope);
    if (known) return [markOf(this.#templates.indexOf(known))];
    const template = this.#template(scope);
    this.#templates.push(template);
    const mark = markOf(this.#templates.length - 1);
    this.#marks.set(mark, template);
    return [mark];
  }

  #template(scope: Scope): Template {
    const names = new Names([...RESERVED, 'x']);
    const parameters = scope.inputs.map((node) =>
      scope.inputs.length === 1 ? 'x' : names.take(node.name.split('.')[0]!),
    );
    const given = new Map<Node, string>(scope.inputs.map((node, k) => [node, parameters[k]!]));
    const modules = new Modules();
    const place = {
      modules,
      library: this.library,
      construct: (inner: Scope) => this.construct(inner),
      prefix: scope.prefix,
    };
    // A first time to know all modules, on which the form of the statements depends.
    new Statements(place, scope.items, given, scope.outputs).write();
    const statements = new Statements(place, scope.items, given, scope.outputs).write();
    const body = [...statements.lines, code`return ${listed(scope.outputs.map((node) => statements.value(node)))}`];
    return { scope, modules, parameters, body, height: heightOf(scope) };
  }

  /** Writes the classes, those that others need first. */
  finish(): void {
    const heights = [...new Set(this.#templates.map(({ height }) => height))].sort((a, b) => a - b);
    for (const height of heights) {
      const groups = new Map<string, { template: Template; init: Code[] }[]>();
      for (const template of this.#templates.filter((one) => one.height === height)) {
        const init = template.modules.lines((made) => this.expand(made));
        const key = [template.scope.instance!.block, ...[...init, ...template.body].map(keyOf)].join('\n');
        groups.set(key, [...(groups.get(key) ?? []), { template, init }]);
      }
      for (const group of groups.values()) this.#write(group);
    }
  }

  /** Marks replaced by what makes the module. */
  expand(made: Code): Code {
    return made.flatMap(
      (piece): Code => (typeof piece === 'string' ? (this.#marks.get(piece)?.made ?? [piece]) : [piece]),
    );
  }

  #write(group: readonly { template: Template; init: Code[] }[]): void {
    const { template, init } = group[0]!;
    const name = this.names.take(template.scope.instance!.block);
    const holes = group.map((one) => holesOf([...one.init, ...one.template.body]));
    const initial = holesOf(init).length;
    const { args, at } = argumentsOf(holes);
    const kept = new Set([...at].flatMap(([k, arg]) => (k >= initial ? [arg] : [])));
    let index = 0;
    const fill = () => {
      const arg = at.get(index++);
      return arg && (index <= initial ? arg.name : `self.${arg.name}`);
    };
    const resolve = (line: Code) => template.modules.resolved(textOf(line, fill));
    const lines = init.flatMap((line) => resolve(line).split('\n'));
    const body = template.body.flatMap((line) => resolve(line).split('\n'));
    const signature = args.map(({ name: own, standard }) => (standard === undefined ? own : `${own}=${standard}`));
    const paths = group.map((one) => one.template.scope.instance!.path);
    const uses = [...new Set(paths)];
    const text = [
      `class ${name}(${template.modules.base}):`,
      `    """The block ${template.scope.instance!.block}${applied(uses)}."""`,
      '',
      `    def __init__(${['self', ...signature].join(', ')}):`,
      ...indented([...lines, ...[...kept].map((arg) => `self.${arg.name} = ${arg.name}`)], 8),
      '',
      `    def forward(${['self', ...template.parameters].join(', ')}):`,
      ...indented(body, 8),
    ].join('\n');
    this.texts.push({ name, text });
    group.forEach((one, k) => {
      one.template.made = construction(name, args, k);
    });
  }
}

function applied(paths: readonly string[]): string {
  const more = paths.length > 5 ? ` and ${paths.length - 4} more` : '';
  return `: ${paths.slice(0, more ? 4 : 5).join(', ')}${more}`;
}

const markOf = (index: number) => `«${index}»`;

function heightOf({ items }: Scope): number {
  return 1 + Math.max(0, ...items.map((item) => (item.kind === 'call' ? heightOf(item.scope) : 0)));
}

const keyOf = (line: Code) =>
  line.map((piece) => (typeof piece === 'string' ? piece : `¤${piece.hint}${piece.keyword ? '=' : ''}`)).join('');

const holesOf = (lines: readonly Code[]): Hole[] =>
  lines.flat().filter((piece: Piece): piece is Hole => typeof piece !== 'string');

/** What differs between the applications: an argument for each series of values. `at`: by the number of the hole. */
function argumentsOf(holes: readonly (readonly Hole[])[]): { args: Argument[]; at: Map<number, Argument> } {
  const bySeries = new Map<string, Argument>();
  const at = new Map<number, Argument>();
  const names = new Names([...RESERVED, 'x', 'block']);
  holes[0]!.forEach((hole, k) => {
    const values = holes.map((own) => own[k]!.value);
    if (values.every((value) => value === values[0])) return;
    const series = values.join('\n');
    const standard = hole.keyword && values.includes(hole.keyword.standard) ? hole.keyword.standard : undefined;
    const arg = bySeries.get(series) ?? {
      name: names.take(hole.hint),
      values,
      ...(standard !== undefined && { standard }),
    };
    bySeries.set(series, arg);
    at.set(k, arg);
  });
  const args = [...bySeries.values()];
  const required = args.filter(({ standard }) => standard === undefined);
  return { args: [...required, ...args.filter(({ standard }) => standard !== undefined)], at };
}

function construction(name: string, args: readonly Argument[], application: number): Code {
  const pieces = args.map((arg, k): Code => {
    const value = arg.values[application]!;
    if (arg.standard === undefined) return [...(k > 0 ? [', '] : []), { hint: arg.name, value }];
    return [{ hint: arg.name, value, keyword: { name: arg.name, standard: arg.standard } }];
  });
  return code`${name}(${pieces.flat()})`;
}
