/**
 * @file What a text with syntax errors still says. The parser leaves out what it cannot read, and mends what it can guess;
 * whoever goes on with the tree must know which of it is sound, and which names may have been defined where it is not.
 */
import type { IToken } from 'chevrotain';
import type { Span } from '../diagnostics/diagnostic.ts';
import type { Item, Program, Setting, Statement } from './ast.ts';
import { regionOf } from './layout-state.ts';

/** A stretch of the text from one statement to the next in which something is wrong. */
interface Region {
  readonly start: number;
  readonly end: number;
  /** What it seems to define: what stands before `=` or `:`, or behind `input` and the like. */
  readonly defined: readonly string[];
  /** It may define something whose name cannot be told. */
  readonly isNameless: boolean;
  /** It may be the end of the statement before it. */
  readonly mayContinue: boolean;
}

type Part = Item | Statement | Setting;

export interface ReadText {
  readonly tokens: readonly IToken[];
  readonly text: string;
  readonly program: Program;
  /** Ascending offsets at which a statement starts or a body has ended. */
  readonly boundaries: readonly number[];
  /** The numbers of the regions between them in which a mistake was found. */
  readonly broken: ReadonlySet<number>;
  /** Those of them in which every mistake is one that was mended with certainty: the tree has all that stands there. */
  readonly mended: ReadonlySet<number>;
  /** The parser has read nothing. */
  readonly isUnread: boolean;
}

export class Damage {
  /** Braces do not match, or something at the level of the file cannot be told: what belongs to what is not certain. */
  readonly isStructural: boolean;
  /** At the level of the file, something without a name: whatever is unknown may have been it. */
  readonly isNameless: boolean;
  readonly #regions: readonly Region[];
  readonly #words: ReadonlySet<string>;
  /** The same without what was mended. */
  readonly #lostWords: ReadonlySet<string>;
  readonly #broken: ReadonlySet<number>;
  readonly #mended: ReadonlySet<number>;
  readonly #boundaries: readonly number[];
  readonly #program: Program;

  constructor({ tokens, text, program, boundaries, broken, mended, isUnread }: ReadText) {
    this.#boundaries = boundaries;
    this.#program = program;
    const byRegion = groupByRegion(tokens, boundaries);
    const read = soundStarts(program);
    const isLost = (number: number) => {
      const [first] = byRegion.get(number) ?? [];
      return first !== undefined && isWord(first) && !read.has(first.startOffset);
    };
    const isTorn = (number: number) => isLost(number) || hasStraySign(byRegion.get(number)!, text);
    const isDamaged = (number: number) => broken.has(number) || isTorn(number);
    const isWhole = new Set([...byRegion.keys()].filter((number) => mended.has(number) && !isTorn(number)));
    const found = new Set([...byRegion.keys()].filter(isDamaged));
    const regions = new Map([...found].map((number) => [number, regionIn(byRegion.get(number) ?? [], text)]));
    const numbers = [...byRegion.keys()];
    for (const [number, { mayContinue }] of regions) {
      const before = numbers[numbers.indexOf(number) - 1];
      if (!mayContinue || before === undefined) continue;
      found.add(before);
      isWhole.delete(before);
    }
    this.#mended = isWhole;
    this.#broken = found;
    this.#regions = [...regions.values()].toSorted((left, right) => left.start - right.start);
    const wordsOf = (numbers: Iterable<number>) =>
      new Set([...numbers].flatMap((number) => (byRegion.get(number) ?? []).filter(isWord).map(imageOf)));
    this.#words = wordsOf(found);
    this.#lostWords = wordsOf([...found].filter((number) => !isWhole.has(number)));
    const outside = this.#regions.filter(({ start }) => !this.#bodyAt(start));
    this.isNameless = isUnread || outside.some(({ isNameless }) => isNameless);
    this.isStructural = this.isNameless || !isBalanced(tokens);
  }

  /** Whether a part of the tree has been mended or is incomplete. Of one with a body, this is about its head. */
  isBroken({ span }: Pick<Part, 'span'>): boolean {
    return this.#isOwn(span.file) && this.#broken.has(regionOf(this.#boundaries, span.start));
  }

  /** Whether a part is broken, and yet the tree has all that stands there, but for how it was written. */
  isMended({ span }: Pick<Part, 'span'>): boolean {
    return this.#isOwn(span.file) && this.#mended.has(regionOf(this.#boundaries, span.start));
  }

  /** Whether something in a part, or in its body, is broken or lost. */
  isDamaged(part: Part): boolean {
    const { span } = part;
    if (!this.#isOwn(span.file)) return false;
    return this.isBroken(part) || this.#regions.some(({ start }) => span.start <= start && start < span.end);
  }

  /**
   * Whether a name that stands for nothing may have been defined in what is broken. One that is applied is not defined by
   * standing in what was mended.
   */
  mayDefine(name: string, item: Item, isApplied = false): boolean {
    if (this.isNameless || (isApplied ? this.#lostWords : this.#words).has(name)) return true;
    const { start, end } = item.span;
    return this.#regions.some((region) => region.isNameless && start <= region.start && region.start < end);
  }

  /** The regions that start in a stretch of the text. */
  regionsIn({ file, start, end }: Span): readonly Region[] {
    if (!this.#isOwn(file)) return [];
    return this.#regions.filter((region) => start <= region.start && region.start < end);
  }

  #isOwn(file: string): boolean {
    return file === this.#program.span.file;
  }

  /** The item whose body has this offset. */
  #bodyAt(offset: number): Item | undefined {
    return this.#program.items.find(
      ({ kind, span }) => bodies.includes(kind) && span.start < offset && offset < span.end,
    );
  }
}

function groupByRegion(tokens: readonly IToken[], boundaries: readonly number[]): Map<number, IToken[]> {
  const groups = new Map<number, IToken[]>();
  for (const token of tokens) {
    const number = regionOf(boundaries, token.startOffset);
    const group = groups.get(number) ?? [];
    group.push(token);
    groups.set(number, group);
  }
  return groups;
}

const bodies: readonly string[] = ['network', 'block', 'train'];

/** Where the parts of the tree start that hold no others. */
function soundStarts({ items }: Program): Set<number> {
  const starts = new Set<number>();
  const add = (part: Part) => {
    starts.add(part.span.start);
    if ('body' in part && Array.isArray(part.body)) for (const statement of part.body) add(statement);
    if ('settings' in part) for (const setting of part.settings) add(setting);
  };
  for (const item of items) add(item);
  return starts;
}

const imageOf = ({ image }: IToken) => image;
const isWord = ({ image }: IToken) => /^[A-Za-z_]\w*$/.test(image);

function isBalanced(tokens: readonly IToken[]): boolean {
  const count = (image: string) => tokens.filter((token) => token.image === image).length;
  return count('{') === count('}');
}

/** The word that names something comes next. */
const namers = new Set('input target output for network block fn op train'.split(' '));
/** What they begin has a list of names. */
const listers = new Set('network block fn op import for'.split(' '));
/** Between these something is missing. */
const separators = new Set([',', '(', '[', '{', ')', ']', '}', '=', ':']);

const isSign = ({ image }: IToken) => image === '=' || image === ':';

/** An `=` at the start of a line: what it gives a value has lost its name. */
function hasStraySign(tokens: readonly IToken[], text: string): boolean {
  return tokens.some((token, k) => isSign(token) && isStray(tokens[k - 1], token, text));
}

function isStray(before: IToken | undefined, token: IToken, text: string): boolean {
  if (!before) return true;
  return text.slice(before.endOffset! + 1, token.startOffset).includes('\n');
}

function regionIn(tokens: readonly IToken[], text: string): Region {
  const signs = tokens.flatMap((token, k) => (isSign(token) ? [{ token, before: tokens[k - 1] }] : []));
  const isNamed = ({ token, before }: (typeof signs)[number]) => before && !isStray(before, token, text);
  const named = [
    ...signs.filter(isNamed).map(({ before }) => before!),
    ...tokens.filter((_, k) => k > 0 && namers.has(tokens[k - 1]!.image)),
  ];
  const defined = named.filter(isWord).map(imageOf);
  const hasList = listers.has(tokens[0]?.image ?? '');
  const isNameless =
    tokens.length > 0 &&
    (!startsDefinition(tokens) ||
      signs.some((sign) => !isNamed(sign) || !mayName(sign.before!)) ||
      tokens.some((token, k) => k > 0 && lacksName(tokens[k - 1]!, token, hasList)));
  const start = tokens[0]?.startOffset ?? 0;
  const mayContinue = isNameless || tokens[1]?.image === ':';
  return { start, end: (tokens.at(-1)?.endOffset ?? start - 1) + 1, defined, isNameless, mayContinue };
}

/** A name, `"features.0"`, or the brackets of an `op` or `fn` before its formula. */
function mayName(token: IToken): boolean {
  return isWord(token) || /^["\])]/.test(token.image);
}

/** Whether a name is missing between two words or signs; `hasList`: they may be in a list of names. */
function lacksName(before: IToken, { image }: IToken, hasList: boolean): boolean {
  if (namers.has(before.image)) return !/^[A-Za-z_]/.test(image) || image === 'in';
  if (!hasList) return false;
  if (image === ',' && separators.has(before.image)) return !/[)\]}]/.test(before.image);
  if (before.image === ',') return /^([\])},=:]|in)$/.test(image);
  return before.image === '{' && image === '}';
}

const keywords = new Set('import loss metric assert freeze allow return'.split(' '));

/** Whether a statement says at its start what it is, or what it is called. */
function startsDefinition([first, second]: readonly IToken[]): boolean {
  if (!first || !isWord(first)) return false;
  if (keywords.has(first.image)) return true;
  if (namers.has(first.image)) return second !== undefined && isWord(second);
  return second !== undefined && isSign(second);
}
