/** @file A body as statements: what is used once flows on in a pipeline, what is used again has a name. */
import { identifier, type Names } from '../names.ts';
import { numberText } from '../texts.ts';
import { type Loop, loopLines, loopsOf } from './loops.ts';
import { type Body, type Description, isLayer, isPart, type Part, usersOf } from './parts.ts';

export interface Written {
  readonly lines: readonly string[];
  /** What flows out, in the order of the body. */
  readonly results: readonly string[];
}

/** What values are called that neither a layer nor an output gives a name. */
const STEMS: Readonly<Record<string, string>> = {
  '+': 'sum',
  '-': 'difference',
  '*': 'product',
  '/': 'ratio',
  concat: 'joined',
};

/** Expressions that lie deeper are told in parts. */
const DEEPEST = 3;

export interface PrintedBody {
  readonly body: Body;
  readonly description: Description;
  /** Names that are free in it. */
  readonly names: Names;
  readonly labels: ReadonlyMap<Part, string>;
  /** Of operators and blocks. */
  readonly words: ReadonlyMap<Part, string>;
  /** Names that values have from the start. */
  readonly bound: ReadonlyMap<Part, string>;
  /** Labels of layers that are bound to a name and applied by it. */
  readonly declared: ReadonlySet<string>;
  /** Whether it is that of a block, in which few names are needed. */
  readonly inside: boolean;
}

export function printBody(given: PrintedBody): Written {
  return new BodyPrinter(given).print();
}

class BodyPrinter {
  readonly #users: ReadonlyMap<Part, readonly (Part | undefined)[]>;
  readonly #bound: Map<Part, string>;
  /** Those that are written as names; others, in quotes, name the layer and nothing else. */
  readonly #bare = new Set<Part>();
  readonly #texts = new Map<Part, string>();
  readonly #declared = new Set<string>();
  /** How deep parentheses lie in it. */
  readonly #depths = new Map<Part, number>();
  /** The layers of the pipeline that a value comes from, in its statement. */
  readonly #layers = new Map<Part, readonly Part[]>();
  /** The label of the last layer that a value went through. */
  readonly #origins = new Map<Part, string>();

  constructor(readonly given: PrintedBody) {
    this.#users = usersOf(given.body);
    this.#bound = new Map(given.bound);
  }

  print(): Written {
    const { body, labels, names, declared } = this.given;
    for (const part of body.parts) {
      const label = labels.get(part);
      if (label !== undefined && declared.has(label)) continue;
      const counts = part.call?.rounds.some(({ length }) => length > 1);
      if (label !== undefined && !counts && /^[a-z_]\w*$/i.test(label) && names.take(label)) this.#bare.add(part);
    }
    const loops = this.given.inside ? new Map<Part, Loop>() : loopsOf(body, labels);
    const within = new Set<Part>();
    const lines = body.parts.flatMap((part) => {
      const loop = loops.get(part);
      for (const one of loop?.parts ?? []) within.add(one);
      if (loop) return this.#loop(loop);
      return within.has(part) ? [] : [...this.#declaration(part), ...this.#statement(part)];
    });
    return { lines, results: body.results.map((result) => this.#operand(result, false)) };
  }

  /** `twin = Embed`, where the layer is applied first. */
  #declaration(part: Part): string[] {
    const label = this.given.labels.get(part);
    if (label === undefined || !this.given.declared.has(label) || this.#declared.has(label)) return [];
    this.#declared.add(label);
    return [`${label} = ${this.#called(part)}`];
  }

  #loop(loop: Loop): string[] {
    const { names, words } = this.given;
    const [first] = loop.parts as readonly [Part];
    const last = loop.parts.at(-1)!;
    const own = this.#bound.get(last);
    const value = names.fresh('x');
    const start = `${value} = ${this.#operand(first.operands[0]!, false)}`;
    const lines = loopLines(loop, words.get(first)!, { value, row: names.fresh('row') });
    this.#bound.set(last, own ?? value);
    return [start, ...lines, ...(own === undefined ? [] : [`${own} = ${value}`])];
  }

  #statement(part: Part): string[] {
    if (part.form === 'input') return [];
    const [before] = part.operands.filter(isPart);
    const inline = before && !this.#bound.has(before) && part.form === 'stage' ? (this.#layers.get(before) ?? []) : [];
    const layers = isLayer(part) ? [...inline, part] : inline;
    this.#layers.set(part, layers);
    const label = this.given.labels.get(part);
    this.#origins.set(part, label ?? (part.form === 'stage' ? (this.#origins.get(before!) ?? '') : ''));
    const inner = part.operands.map((operand) =>
      isPart(operand) && !this.#bound.has(operand) ? (this.#depths.get(operand) ?? 0) : 0,
    );
    this.#depths.set(part, Math.max(...inner) + (part.form === 'stage' ? 0 : 1));
    const own = this.#bound.get(part);
    if (own === undefined && !this.#isNamed(part)) {
      this.#texts.set(part, this.#expression(part));
      return [];
    }
    const principal = own === undefined ? this.#principal(part, layers) : undefined;
    const name = own ?? principal ?? this.#nameOf(part);
    const text = principal === undefined ? this.#expression(part) : this.#unlabelled(part, layers[0]!);
    this.#bound.set(part, name);
    return [`${name} = ${text}`];
  }

  /** A value may be called what its only layer is called; then the layer needs no name of its own. */
  #principal(part: Part, layers: readonly Part[]): string | undefined {
    const [layer] = layers;
    if (layers.length !== 1 || part.form !== 'stage' || layer!.call || !this.#bare.has(layer!)) return undefined;
    return this.given.labels.get(layer!);
  }

  /** The text of a pipeline that was put together with the name of its layer. */
  #unlabelled(part: Part, layer: Part): string {
    this.#bare.delete(layer);
    this.#texts.delete(layer);
    const again = (of: Part): string => {
      const [before] = of.operands as [Part];
      if (of !== layer) again(before);
      const text = this.#expression(of, of === layer);
      this.#texts.set(of, text);
      return text;
    };
    return again(part);
  }

  /** Whether it stands in a statement of its own: it is used twice, has many operands, or is a pipeline in an expression. */
  #isNamed(part: Part): boolean {
    const users = this.#users.get(part) ?? [];
    const [user] = users;
    if (users.length === 1 && user === undefined) return false;
    if (users.length !== 1 || part.word === 'concat' || this.#depths.get(part)! >= DEEPEST) return true;
    const flowsOn = user!.form === 'stage' && user!.operands[0] === part;
    return part.form === 'stage' && !flowsOn && !this.#isShort(part);
  }

  /** One layer of a block, which may stand in parentheses. */
  #isShort({ operands: [before], call }: Part): boolean {
    return this.given.inside && call !== undefined && this.#bound.has(before as Part);
  }

  #nameOf(part: Part): string {
    const { names, inside } = this.given;
    if (inside) return names.fresh(this.#roleOf(part));
    const origin = this.#origins.get(part)!;
    if (origin.includes('.')) return names.fresh(identifier(origin, 'x'));
    if (origin !== '') return names.fresh(`after_${origin}`);
    return names.counted(STEMS[part.word] ?? (part.word || 'x'));
  }

  #roleOf(part: Part): string {
    const users = this.#users.get(part)!;
    const [user] = users;
    const others = user?.operands.filter((operand) => !this.given.body.inputs.includes(operand as Part)) ?? [];
    const place = others.indexOf(part);
    if (users.length > 1 || !user || place < 0) return 'x';
    if (user.word === '+') return ['main', 'skip'][place] ?? 'x';
    if (user.word === 'concat') return others.length > 1 ? ('abcdefgh'[place] ?? 'x') : 'main';
    return user.word === '*' ? 'factor' : 'x';
  }

  #expression(part: Part, unlabelled = false): string {
    const { form, operands } = part;
    const name = this.given.words.get(part) ?? part.word;
    if (form === 'infix') return operands.map((operand) => this.#operand(operand, true, part)).join(` ${name} `);
    const { arguments: given, count } = this.given.description.texts.get(part)!;
    if (form === 'call')
      return `${name}(${[...operands.map((operand) => this.#operand(operand, false)), ...given].join(', ')})`;
    const own = this.given.labels.get(part);
    if (own !== undefined && this.given.declared.has(own)) return `${this.#operand(operands[0]!, true)} -> ${own}`;
    const label = unlabelled ? '' : this.#label(part);
    return `${this.#operand(operands[0]!, true)} -> ${label}${count === undefined ? '' : `repeat(${count}) `}${this.#called(part)}`;
  }

  #called(part: Part): string {
    const others = part.operands.slice(1).map((operand) => this.#operand(operand, false));
    const given = [...others, ...this.given.description.texts.get(part)!.arguments];
    const name = this.given.words.get(part) ?? part.word;
    return given.length > 0 ? `${name}(${given.join(', ')})` : name;
  }

  #label(part: Part): string {
    const label = this.given.labels.get(part);
    if (label === undefined) return '';
    return this.#bare.has(part) ? `${label}: ` : `"${label}": `;
  }

  #operand(operand: Part | number, within: boolean, by?: Part): string {
    if (!isPart(operand)) return operand < 0 && within ? `(${numberText(operand)})` : numberText(operand);
    const bound = this.#bound.get(operand);
    if (bound !== undefined) return bound;
    const text = this.#texts.get(operand)!;
    const flows = operand.form === 'stage' && by?.form === 'infix';
    return (within && operand.form === 'infix') || flows ? `(${text})` : text;
  }
}
