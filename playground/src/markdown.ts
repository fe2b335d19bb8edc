/** @file The little Markdown that documentation of the language is written in, as elements. */
import { element } from '../../src/pages/report/dom.ts';

/** Code in fences or indented, rules, lists, paragraphs. */
export function markdownElements(text: string): HTMLElement[] {
  const blocks: HTMLElement[] = [];
  const fenced = /```\w*\n([\s\S]*?)\n```/g;
  let from = 0;
  for (const match of text.matchAll(fenced)) {
    blocks.push(...plainBlocks(text.slice(from, match.index)), code(match[1]!));
    from = match.index + match[0].length;
  }
  return [...blocks, ...plainBlocks(text.slice(from))];
}

function plainBlocks(text: string): HTMLElement[] {
  return text
    .split(/\n{2,}/)
    .filter((block) => block.trim() !== '')
    .map(blockOf);
}

function blockOf(block: string): HTMLElement {
  if (/^ {4}/.test(block)) return code(block.replace(/^ {4}/gm, '').trimEnd());
  const lines = block.trim().split('\n');
  if (lines.length === 1 && lines[0] === '---') return element('hr');
  if (lines.every((line) => line.startsWith('- ')))
    return element('ul', {}, ...lines.map((line) => element('li', {}, ...inline(line.slice(2)))));
  const parts = lines.flatMap((line, k) => [
    ...inline(line.trimEnd()),
    ...(k === lines.length - 1 ? [] : [line.endsWith('  ') ? element('br') : ' ']),
  ]);
  return element('p', {}, ...parts);
}

function code(text: string): HTMLElement {
  return element('pre', {}, text);
}

/** `code` and **emphasis**. */
export function inline(text: string): (Node | string)[] {
  return text.split(/(`[^`]+`|\*\*[^*]+\*\*)/).flatMap((part): (Node | string)[] => {
    if (part.startsWith('`') && part.length > 2) {
      const text = part.slice(1, -1);
      return [element('code', { class: text.length < 24 && 'short' }, text)];
    }
    if (part.startsWith('**') && part.length > 4) return [element('strong', {}, part.slice(2, -2))];
    return part === '' ? [] : [part];
  });
}
