/** @file Pictures as text for other tools: DOT for Graphviz, and Mermaid, which code hosts draw in Markdown. */
import { allBoxes, type Box, isBlock, type Picture } from './boxes.ts';
import { headerOf } from './layout.ts';

/** Boxes by numbers: names may have letters that these languages do not take. */
function numbersOf({ boxes }: Picture, letter: string): (id: string) => string {
  const numbers = new Map(allBoxes(boxes).map(({ id }, k) => [id, `${letter}${k}`]));
  return (id) => numbers.get(id)!;
}

function labelOf({ label, count = 1 }: Box): string[] {
  return count > 1 ? [`${label[0]} × ${count}`, ...label.slice(1)] : [...label];
}

const indent = (lines: readonly string[]) => lines.map((line) => `  ${line}`);

export function dotText(picture: Picture): string {
  const number = numbersOf(picture, 'n');
  const quoted = (text: string) => `"${text.replace(/["\\]/g, '\\$&')}"`;
  const draw = (box: Box): string[] => {
    if (!isBlock(box)) {
      const style = box.kind === 'layer' || box.kind === 'block' ? '' : ', style=rounded';
      return [`${number(box.id)} [label=${quoted(labelOf(box).join('\n')).replaceAll('\n', '\\n')}${style}];`];
    }
    const within = [`label=${quoted(headerOf(box))};`, ...box.children.flatMap(draw)];
    return [`subgraph cluster_${number(box.id)} {`, ...indent(within), '}'];
  };
  const flows = picture.flows.map(({ from, to }) => `${number(from)} -> ${number(to)};`);
  const settings = [
    'node [shape=box, fontname="monospace", fontsize=10];',
    'graph [fontname="monospace", fontsize=10];',
  ];
  return `${[`digraph ${quoted(picture.name)} {`, ...indent([...settings, ...picture.boxes.flatMap(draw), ...flows]), '}'].join('\n')}\n`;
}

export function mermaidText(picture: Picture): string {
  const number = numbersOf(picture, 'n');
  const quoted = (text: string) => `"${text.replace(/[#"&<>]/g, (letter) => `#${letter.charCodeAt(0)};`)}"`;
  const draw = (box: Box): string[] => {
    if (isBlock(box)) {
      const within = box.children.flatMap(draw);
      return [`subgraph ${number(box.id)} [${quoted(headerOf(box))}]`, ...indent(within), 'end'];
    }
    const [open, shut] = box.kind === 'layer' || box.kind === 'block' ? '[]' : ['([', '])'];
    return [`${number(box.id)}${open}${labelOf(box).map(quoted).join('<br>').replaceAll('"<br>"', '<br>')}${shut}`];
  };
  const flows = picture.flows.map(({ from, to }) => `${number(from)} --> ${number(to)}`);
  return `${['flowchart TD', ...indent([...picture.boxes.flatMap(draw), ...flows])].join('\n')}\n`;
}
