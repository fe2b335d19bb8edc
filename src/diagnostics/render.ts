/**
 * @file Diagnostics for people: the message, the line it is about with the place marked, notes and what to do. The form
 * is that of rustc and Elm.
 *
 *     error[CNN1012]: an argument is named with `:`
 *       --> net.cnn:3:34
 *        |
 *      3 |   y = image -> conv(16, 3x3, stride = 2)
 *        |                                     ^
 *        = help: write `:`
 */
import type { Colors } from 'picocolors/types';
import { printableLine } from '../common/printable.ts';
import type { Diagnostic, Note, Severity, Span } from './diagnostic.ts';
import { cells, displayWidth, wrap } from './display.ts';
import { type Source, sourceFinder } from './source.ts';

/** File name to text. */
export type Sources = ReadonlyMap<string, string>;

export interface RenderOptions {
  readonly colors: Colors;
  /** Of the terminal, in columns. */
  readonly width?: number;
}

interface Style {
  readonly colors: Colors;
  readonly width: number;
  /** For the digits of line numbers. */
  readonly gutter: number;
}

type SourceOf = (file: string) => Source | undefined;

/** Names and other foreign parts of the messages are made harmless for terminals; colours are not. */
export function render(diagnostic: Diagnostic, sources: Sources, options: RenderOptions): string {
  return renderOne(diagnostic, sourceFinder(sources), options);
}

function renderOne(diagnostic: Diagnostic, sourceOf: SourceOf, options: RenderOptions): string {
  const { colors, width = 80 } = options;
  const style = { colors, width: Math.max(width, 30), gutter: gutterWidth(diagnostic, sourceOf) };
  const paint = severityColor(diagnostic.severity, colors);
  const label = `${diagnostic.severity}[${diagnostic.code}]`;
  const lines = hanging(label, paint(colors.bold(label)), diagnostic.message, style, colors.bold);
  if (diagnostic.span) lines.push(...excerpt(diagnostic.span, sourceOf, style, (text) => paint(colors.bold(text))));
  let quoted = diagnostic.span;
  for (const note of diagnostic.notes) {
    lines.push(...(beneath(note, quoted, sourceOf, style) ?? renderNote(note, sourceOf, style)));
    quoted = note.span ?? quoted;
  }
  if (diagnostic.fix) lines.push(...remark('help', colors.green, diagnostic.fix.message, style));
  return lines.join('\n');
}

/** All of them, separated by empty lines, and a last line with their numbers. */
export function renderAll(diagnostics: readonly Diagnostic[], sources: Sources, options: RenderOptions): string {
  if (diagnostics.length === 0) return '';
  const sourceOf = sourceFinder(sources);
  const parts = diagnostics.map((diagnostic) => renderOne(diagnostic, sourceOf, options));
  return `${[...parts, tally(diagnostics)].join('\n\n')}\n`;
}

/** `2 errors, 1 warning` */
function tally(diagnostics: readonly Diagnostic[]): string {
  const count = (severity: Severity) => diagnostics.filter((diagnostic) => diagnostic.severity === severity).length;
  const plural = (number: number, word: string) => `${number} ${word}${number === 1 ? '' : 's'}`;
  const parts = [
    [count('error'), 'error'],
    [count('warning'), 'warning'],
    [count('advice'), 'piece'],
  ] as const;
  const words = parts.filter(([number]) => number > 0).map(([number, word]) => plural(number, word));
  return words.join(', ').replace(/pieces?$/, '$& of advice');
}

function severityColor(severity: Severity, colors: Colors) {
  return { error: colors.red, warning: colors.yellow, advice: colors.cyan }[severity];
}

function gutterWidth(diagnostic: Diagnostic, sourceOf: SourceOf): number {
  const spans = [diagnostic, ...diagnostic.notes].flatMap(({ span }) => span ?? []);
  const lines = spans.map((span) => sourceOf(span.file)?.positionOf(span.start).line ?? 1);
  return Math.max(2, ...lines.map((line) => String(line).length));
}

/** `label: text`, the text wrapped and indented. */
function hanging(
  label: string,
  painted: string,
  text: string,
  style: Style,
  emphasis: (text: string) => string,
  indent = 0,
): string[] {
  const [first, ...rest] = wrap(printableLine(text), style.width - indent - displayWidth(label) - 2);
  const margin = ' '.repeat(indent);
  const deeper = ' '.repeat(indent + displayWidth(label) + 2);
  return [`${margin}${painted}: ${emphasis(first!)}`, ...rest.map((line) => deeper + emphasis(line))];
}

function remark(label: string, paint: (text: string) => string, text: string, style: Style): string[] {
  const mark = `${' '.repeat(style.gutter + 2)}${style.colors.blue('=')} `;
  const [first, ...rest] = hanging(label, paint(label), text, style, (line) => line, style.gutter + 4);
  return [mark + first!.trimStart(), ...rest];
}

function renderNote(note: Note, sourceOf: SourceOf, style: Style): string[] {
  const lines = remark('note', style.colors.cyan, note.message, style);
  return note.span ? [...lines, ...excerpt(note.span, sourceOf, style, style.colors.cyan)] : lines;
}

/** A note about the line that has just been quoted: a mark under it, and the text behind that if there is room. */
function beneath(note: Note, quoted: Span | undefined, sourceOf: SourceOf, style: Style): string[] | undefined {
  const { span } = note;
  const source = span && sourceOf(span.file);
  if (!source || quoted?.file !== span.file) return undefined;
  const { line, column } = source.positionOf(span.start);
  if (source.positionOf(quoted.start).line !== line) return undefined;
  const room = style.width - style.gutter - 4;
  const text = source.lineAt(line);
  const { before, marked } = visible(text, column - 1, column - 1 + span.end - span.start, room);
  const message = printableLine(note.message);
  const isShort =
    text.length <= room && displayWidth(text) <= room && before + marked + 1 + displayWidth(message) <= room;
  if (!isShort) return undefined;
  const edge = style.colors.blue(`${' '.repeat(style.gutter + 1)} |`);
  return [`${edge} ${' '.repeat(before)}${style.colors.cyan(`${'^'.repeat(marked)} ${message}`)}`];
}

/** The place of a span and its first line, marked. */
function excerpt(span: Span, sourceOf: SourceOf, style: Style, paint: (text: string) => string): string[] {
  const { colors, gutter } = style;
  const source = sourceOf(span.file);
  const place = `${' '.repeat(gutter + 1)}${colors.blue('-->')} ${printableLine(span.file)}`;
  if (!source) return [place];
  const { line, column } = source.positionOf(span.start);
  const window = visible(source.lineAt(line), column - 1, column - 1 + span.end - span.start, style.width - gutter - 4);
  const edge = (label: string) => colors.blue(`${label.padStart(gutter + 1)} |`);
  return [
    `${place}:${line}:${column}`,
    edge(''),
    `${edge(String(line))} ${window.text}`.trimEnd(),
    `${edge('')} ${' '.repeat(window.before)}${paint('^'.repeat(window.marked))}`,
  ];
}

/**
 * What of a line fits into `room` columns around the characters from `start` to `end`, with the columns before the mark
 * and the length of the mark. Of a long line only the part around the mark is looked at.
 */
function visible(whole: string, start: number, end: number, room: number) {
  const from = start > 4 * room ? start - 2 * room : 0;
  const line = whole.slice(from, start + 4 * room);
  const isCut = { before: from > 0, behind: from + line.length < whole.length };
  const all = cells(line);
  const width = (low: number, high: number) =>
    all.reduce((sum, cell) => (cell.offset >= low && cell.offset < high ? sum + cell.width : sum), 0);
  const marked = Math.max(1, width(start - from, end - from));
  const before = width(0, start - from);
  const total = width(0, line.length);
  if (total <= room && !isCut.before && !isCut.behind)
    return { text: all.map((cell) => cell.text).join(''), before, marked };
  const first = Math.max(isCut.before ? 1 : 0, Math.min(before - Math.floor(room / 3), total - room + 2));
  return cut(all, first, room, before, marked, isCut.behind);
}

/** The columns from `first` on, with `…` for what is left out on either side. */
function cut(
  all: ReturnType<typeof cells>,
  first: number,
  room: number,
  before: number,
  marked: number,
  isCutBehind: boolean,
) {
  const lead = first > 0 ? '…' : '';
  let text = lead;
  let column = 0;
  let skipped = 0;
  let used = lead.length;
  let isFull = false;
  for (const cell of all) {
    if (column < first) skipped = column + cell.width;
    else if (used + cell.width > room - 1) {
      isFull = true;
      break;
    } else {
      text += cell.text;
      used += cell.width;
    }
    column += cell.width;
  }
  if (isFull || isCutBehind) text += '…';
  const shift = before - skipped + lead.length;
  return { text, before: Math.max(0, shift), marked: Math.max(1, Math.min(marked, room - shift)) };
}
