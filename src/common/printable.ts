/**
 * @file Text from outside, made harmless for terminals. File names, class names and arguments may hold characters that
 * move the cursor, change colours or turn the direction of writing, and so make a message say what it does not say. They
 * are written as JSON writes them, `\u001b`, so that JSON stays what it is. Compiler, command line and trainer modules
 * print through these functions.
 */

/** Control characters but tab and the ends of lines, marks of writing direction, separators of lines and paragraphs. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it looks for
const DANGEROUS = /\r(?!\n)|[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;
/** Colours as this program writes them, the start of the line, the erasure of its rest, and of all from a line further up. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it looks for
const OWN = /(\x1b\[[\d;]*[mK]|\x1b\[\d+A\x1b\[J|\r)/;

const escaped = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** Text of several lines; tabs and line feeds stay. */
export function printable(text: string): string {
  return text.replace(DANGEROUS, escaped);
}

/** A part of a line, such as a name: line feeds and tabs are escaped too. */
export function printableLine(text: string): string {
  return printable(text).replace(/[\r\n\t]/g, (character) => JSON.stringify(character).slice(1, -1));
}

/** As `printable`, for text whose foreign parts are harmless already: colours and redrawn lines stay. */
export function printableStyled(text: string): string {
  return text
    .split(OWN)
    .map((part, k) => (k % 2 === 1 ? part : printable(part)))
    .join('');
}

/** The longest quotation in a message, in UTF-16 units. */
const longestQuotation = 160;

/** A text in a message: its start and its end, where it is long. */
export function shortened(text: string, most = longestQuotation): string {
  if (text.length <= most) return text;
  const [start, end] = [Math.floor((most * 2) / 3), Math.floor(most / 4)];
  return `${text.slice(0, start)}…${text.slice(-end)}`;
}

/** A message in which long quotations in backticks are shortened. */
export function withShortQuotations(message: string): string {
  if (message.length <= longestQuotation) return message;
  return message.replace(/`[^`]*`/g, (quotation) => `\`${shortened(quotation.slice(1, -1))}\``);
}
