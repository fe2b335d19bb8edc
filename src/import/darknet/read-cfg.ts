/** @file Darknet `.cfg`: sections in brackets, each with lines `key=value`. */
import { malformedText } from '../malformed-text.ts';
import { refuse } from '../values.ts';

export class Section {
  constructor(
    readonly kind: string,
    /** From 1. */
    readonly line: number,
    readonly values: Map<string, string>,
  ) {}

  text(name: string, otherwise: string): string {
    return this.values.get(name) ?? otherwise;
  }

  number(name: string, otherwise: number): number {
    const text = this.values.get(name);
    if (text === undefined) return otherwise;
    const value = Number(text);
    return text !== '' && Number.isFinite(value) ? value : refuse(`${name} is \`${text}\``);
  }

  whole(name: string, otherwise: number, least = 0): number {
    const value = this.number(name, otherwise);
    return Number.isSafeInteger(value) && value >= least ? value : refuse(`${name} is ${value}`);
  }

  list(name: string): number[] {
    return this.text(name, '')
      .split(',')
      .filter((part) => part.trim() !== '')
      .map((part) => (/^\s*-?\d+\s*$/.test(part) ? Number(part) : refuse(`${name} is \`${this.text(name, '')}\``)));
  }
}

/** The networks of Darknet have some hundred. */
const MOST_SECTIONS = 10_000;

/** Reports CNN4314. */
export function readCfg(text: string, path: string): Section[] {
  const sections: Section[] = [];
  for (const [k, raw] of text.split(/\r?\n/).entries()) {
    const line = raw.replace(/[#;].*$/, '').trim();
    if (line === '') continue;
    const [, kind] = /^\[\s*([\w-]+)\s*\]$/.exec(line) ?? [];
    const [, name, value] = /^([^=\s]+)\s*=\s*(.*)$/.exec(line) ?? [];
    const last = sections.at(-1);
    if (kind !== undefined) sections.push(new Section(kind.toLowerCase(), k + 1, new Map()));
    else if (name !== undefined && last) last.values.set(name, value!.trim());
    else
      throw malformedText(
        path,
        k + 1,
        'this is neither `[section]` nor `key=value`',
        'name a configuration of Darknet',
      );
    if (sections.length > MOST_SECTIONS)
      throw malformedText(path, k + 1, `more than ${MOST_SECTIONS} sections`, 'name a network');
  }
  if (!sections.length) throw malformedText(path, 1, 'it is empty', 'name a configuration of Darknet');
  return sections;
}
