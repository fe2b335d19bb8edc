/**
 * @file Pieces of Python. A *hole* is a value that may differ between two instances of a block: where it does, the class
 * takes an argument for it, and where it does not, the value is written out.
 */

export interface Hole {
  /** What an argument for it would be called. */
  readonly hint: string;
  /** As Python writes it. */
  readonly value: string;
  /** `, stride=2`: left out where the value is the standard one. */
  readonly keyword?: { readonly name: string; readonly standard: string };
}

export type Piece = string | Hole;
export type Code = readonly Piece[];

export function code(strings: TemplateStringsArray, ...values: readonly (string | number | Code)[]): Code {
  return join(strings.flatMap((text, k) => [[text], ...(k < values.length ? [asCode(values[k]!)] : [])]));
}

const asCode = (value: string | number | Code): Code => (typeof value === 'object' ? value : [`${value}`]);

function join(parts: readonly Code[]): Code {
  return parts.flat().filter((piece) => piece !== '');
}

/** The parts with commas between them. */
export function listed(parts: readonly Code[]): Code {
  return join(parts.flatMap((part, k) => (k > 0 ? [[', '], part] : [part])));
}

export function hole(hint: string, value: number | boolean | readonly number[]): Code {
  return [{ hint, value: literal(value) }];
}

/** A shape, which stays a tuple also where its extents are equal. */
export function shapeHole(hint: string, shape: readonly number[]): Code {
  return [{ hint, value: tuple(shape) }];
}

/** A keyword argument with the comma before it, or nothing where it has its standard value. */
export function option(
  name: string,
  value: number | boolean | string | readonly number[],
  standard: number | boolean | string | readonly number[],
): Code {
  return [{ hint: name, value: literal(value), keyword: { name, standard: literal(standard) } }];
}

/** The text with every hole filled by its own value, or by what `fill` says. */
export function textOf(pieces: Code, fill: (hole: Hole) => string | undefined = () => undefined): string {
  return pieces
    .map((piece) => {
      if (typeof piece === 'string') return piece;
      const value = fill(piece);
      if (!piece.keyword) return value ?? piece.value;
      if (value === undefined && piece.value === piece.keyword.standard) return '';
      return `, ${piece.keyword.name}=${value ?? piece.value}`;
    })
    .join('');
}

/** Whether an expression can stand on both sides of an operator as it is. */
export function isAtom(text: string): boolean {
  let depth = 0;
  for (const [k, letter] of [...text].entries()) {
    if ('([{'.includes(letter)) depth++;
    else if (')]}'.includes(letter)) depth--;
    else if (depth === 0 && (letter === ' ' || (letter === '-' && k === 0))) return false;
  }
  return true;
}

export function enclosed(expression: Code): Code {
  return isAtom(textOf(expression)) ? expression : code`(${expression})`;
}

/** `0.05`, `True`, `"same"`, `(1, 2)`, and one number for a pair of equal ones. */
export function literal(value: number | boolean | string | readonly number[]): string {
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'number') return numberText(value);
  if (value.length <= 2 && value[0] === value.at(-1)) return numberText(value[0]!);
  return tuple(value);
}

export function tuple(values: readonly number[]): string {
  return `(${values.map(numberText).join(', ')}${values.length === 1 ? ',' : ''})`;
}

function numberText(value: number): string {
  if (Number.isNaN(value)) return 'math.nan';
  if (Number.isFinite(value)) return `${value}`;
  return value > 0 ? 'math.inf' : '-math.inf';
}

/** As a float, for what is a whole number by chance. */
export function float(value: number): string {
  return Number.isInteger(value) && Math.abs(value) < 1e21 ? `${value}.0` : numberText(value);
}

const KEYWORDS = new Set(
  (
    'False None True and as assert async await break class continue def del elif else except finally for from global ' +
    'if import in is lambda nonlocal not or pass raise return try while with yield'
  ).split(' '),
);

export function isIdentifier(name: string): boolean {
  return /^[A-Za-z_]\w*$/.test(name) && !KEYWORDS.has(name);
}

/** The name, or one like it, as Python allows it. */
export function identifier(name: string): string {
  const plain = name.replaceAll(/\W/g, '_').replace(/^(?=\d)/, '_') || '_';
  return KEYWORDS.has(plain) ? `${plain}_` : plain;
}

/** Names that are all different. */
export class Names {
  readonly #taken: Set<string>;

  constructor(taken: Iterable<string> = []) {
    this.#taken = new Set(taken);
  }

  take(wanted: string): string {
    const base = identifier(wanted);
    let name = base;
    for (let number = 2; this.#taken.has(name); number++) name = `${base}${/\d$/.test(base) ? '_' : ''}${number}`;
    this.#taken.add(name);
    return name;
  }
}

export function indented(lines: readonly string[], by = 4): string[] {
  return lines.map((line) => (line === '' ? '' : ' '.repeat(by) + line));
}

export function enclosedText(text: string): string {
  return isAtom(text) ? text : `(${text})`;
}

/** Of values that are taken apart, `_name` for those that no other line reads, as linters ask. */
export function markUnused(lines: readonly string[]): string[] {
  return lines.map((line, k) => {
    const found = /^(\s*)(\w+(?:, \w+)+)( = .*)$/s.exec(line);
    if (!found) return line;
    const [, space, names, rest] = found as unknown as [string, string, string, string];
    const isRead = (name: string) => lines.some((other, j) => j !== k && new RegExp(`\\b${name}\\b`).test(other));
    return `${space}${names.replaceAll(/\w+/g, (name) => (isRead(name) ? name : `_${name}`))}${rest}`;
  });
}
