/** @file How much room text takes on a terminal. */

const tabStop = 4;
/** Letters that take two columns: the wide ranges of Unicode's East Asian Width, and pictures. */
const wide =
  /[\u1100-\u115F\u2E80-\u303E\u3041-\u33FF\u3400-\u4DBF\u4E00-\u9FFF\uA000-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\uFFE0-\uFFE6]|\p{Emoji_Presentation}/u;
const combining = /\p{Mark}|\p{Format}/u;
/** Would move the cursor, change colours or turn the direction of writing. */
const control = /[\p{Control}\p{Bidi_Control}\u2028\u2029]/u;

/** One character as shown, and its width in columns. */
interface Cell {
  readonly text: string;
  readonly width: number;
  /** In the source line, UTF-16 units. */
  readonly offset: number;
}

/** A source line as it can be printed: tabs become spaces, control characters a mark. */
export function cells(line: string): Cell[] {
  const result: Cell[] = [];
  let column = 0;
  let offset = 0;
  for (const character of line) {
    const cell = { ...shown(character, column), offset };
    result.push(cell);
    column += cell.width;
    offset += character.length;
  }
  return result;
}

function shown(character: string, column: number): { text: string; width: number } {
  if (character === '\t') {
    const width = tabStop - (column % tabStop);
    return { text: ' '.repeat(width), width };
  }
  if (character >= ' ' && character <= '~') return { text: character, width: 1 };
  if (control.test(character)) return { text: '\uFFFD', width: 1 };
  return { text: character, width: wide.test(character) ? 2 : combining.test(character) ? 0 : 1 };
}

export function displayWidth(text: string): number {
  return cells(text).reduce((sum, cell) => sum + cell.width, 0);
}

/** Breaks text between words to lines of at most `width` columns; a longer word keeps a line of its own. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let room = 0;
  for (const word of text.split(' ')) {
    const size = displayWidth(word);
    if (lines.length > 0 && size < room) {
      lines[lines.length - 1] += ` ${word}`;
      room -= size + 1;
    } else {
      lines.push(word);
      room = width - size;
    }
  }
  return lines;
}
