/**
 * @file The grammar as railroad diagrams, read off the rules of the parser like the EBNF: one page of pictures that needs
 * nothing else. What is on a line is written in this order; lines that part are a choice, lines that turn back a
 * repetition.
 */
import railroad, { type Element } from 'railroad-diagrams';
import { grammarRules, literalsOf, type Production, wordOf } from '../../src/syntax/ebnf.ts';

// The package is CommonJS, of which Node knows no names.
const { Choice, Diagram, NonTerminal, OneOrMore, Optional, Sequence, Skip, Terminal, ZeroOrMore } = railroad;

const style = `
body { font: 16px/1.5 sans-serif; max-width: 60em; margin: 2em auto; padding: 0 1em }
h2 { font: bold 16px monospace; margin: 2em 0 0 }
figure { margin: 0; overflow-x: auto }
path { stroke: #333; stroke-width: 2; fill: none }
rect { stroke: #333; stroke-width: 2; fill: #e6f4e6 }
rect[rx] { fill: #fdf3d0 }
text { font: bold 14px monospace; text-anchor: middle }
a text { fill: #0645ad }
`;

export function grammarAsDiagrams(): string {
  const rules = grammarRules();
  const names = new Set(rules.map(({ name }) => name!));
  const sections = rules.map(({ name, definition }) => {
    const drawing = linked(new Diagram([sequence(definition ?? [])]).toString(), names);
    return `<h2 id="${name}">${name}</h2>\n<figure>\n${drawing.trim()}\n</figure>`;
  });
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>The grammar of .cnn files</title>
<style>${style}</style>
</head>
<body>
<h1>The grammar of .cnn files</h1>
<p>Generated from the parser; <code>UPDATE=1 npx vitest run test/syntax/railroad.test.ts</code> writes it. Round boxes are
written as they stand, square ones are rules or kinds of words; <code>cnn.ebnf</code> says what the words look like and how
tight operators bind.</p>
${sections.join('\n')}
</body>
</html>
`;
}

/** Square boxes lead to the diagram of their rule. */
function linked(drawing: string, names: ReadonlySet<string>): string {
  return drawing.replace(
    /(<rect (?:(?!rx=)[^>])*><\/rect>\s*)(<text[^>]*>(\w+)<\/text>)/g,
    (whole, box: string, text: string, name: string) =>
      names.has(name) ? `${box}<a href="#${name}">${text}</a>` : whole,
  );
}

function sequence(parts: readonly Production[]): Element {
  return parts.length === 1 ? draw(parts[0]!) : new Sequence(parts.map(draw));
}

function draw(part: Production): Element {
  const inner = part.definition ?? [];
  switch (part.type) {
    case 'NonTerminal':
      return new NonTerminal(part.name!);
    case 'Terminal':
      return terminal(part.label!);
    case 'Alternation':
      return choice(inner.map(draw));
    case 'Option':
      return Optional(sequence(inner));
    case 'Repetition':
      return ZeroOrMore(sequence(inner));
    case 'RepetitionMandatory':
      return new OneOrMore(sequence(inner));
    case 'RepetitionMandatoryWithSeparator':
      return new OneOrMore(sequence(inner), new Terminal(','));
    default:
      return inner.length > 0 ? sequence(inner) : new Skip();
  }
}

function terminal(label: string): Element {
  const literals = literalsOf(label);
  return literals.length > 0 ? choice(literals.map((text) => new Terminal(text))) : new NonTerminal(wordOf(label));
}

function choice(items: readonly Element[]): Element {
  return items.length === 1 ? items[0]! : new Choice(0, items);
}
