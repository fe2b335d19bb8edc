import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { compileSource } from '../../src/compile.ts';
import type { BlockItem, FunctionItem, OperatorItem, Program } from '../../src/syntax/ast.ts';
import { format } from '../../src/syntax/format.ts';
import { parse } from '../../src/syntax/parse.ts';
import { itemKeywords, reservedWords, statementKeywords } from '../../src/syntax/tokens.ts';

const page = readFileSync(new URL('../../grammar/README.md', import.meta.url), 'utf8');
const examples = [...page.matchAll(/```cnn\n([\s\S]*?)```/g)].map((match) => match[1]!);

const imports = { Basic: 'residual', Bottleneck: 'residual' };

/** An example with what it takes for granted: blocks of the library, and a network that applies what it defines. */
function whole(text: string, program: Program): string {
  const defines = (name: string) => program.items.some((item) => 'name' in item && item.name.text === name);
  const lacks = (name: string) =>
    new RegExp(`\\b${name}\\(`).test(text) && !defines(name) && !text.includes('import {');
  const needed = Object.entries(imports).filter(([name]) => lacks(name));
  const head = needed.map(([name, from]) => `import { ${name} } from "std/${from}"`).join('\n');
  const networks = program.items.filter((item) => item.kind === 'network');
  const trained = program.items.flatMap((item) => (item.kind === 'train' ? item.network.text : []));
  if (networks.length > 0) return `${head}\n${text}`;
  const uses = program.items.flatMap((item) =>
    item.kind === 'block' || item.kind === 'fn' || item.kind === 'op' ? [application(item)] : [],
  );
  return `${head}\n${text}\nnetwork ${trained[0] ?? 'Example'} {
  input image: [3, 32, 32]
  ${/\bdepth\b/.test(text) ? 'input depth: [1, 32, 32]' : ''}
  target label: class(10)
  ${uses.map((use, k) => `v${k} = ${use}\n  output v${k}`).join('\n  ')}
  loss crossentropy(image -> dense(10), label)
  output image
}`;
}

function application(item: BlockItem | FunctionItem | OperatorItem): string {
  const name = item.name.text;
  if (item.kind === 'op') {
    const [first] = item.operands;
    const known = first!.axes.map(({ text }) => text);
    const axes = [...item.operands, item.result].flatMap((pattern) => pattern.axes.map(({ text }) => text));
    const reduced = /pool/.test(name) ? ['p', 'q'] : [];
    const weights = axes.filter(
      (axis) => !known.includes(axis) && !item.result.axes.some(({ text }) => text === axis && !/[o]/.test(text)),
    );
    const given = [...new Set([...weights, ...reduced])].map((axis) => `${axis}: 2`).join(', ');
    return `${known.length === 3 ? 'image' : '(image -> flatten)'} -> ${name}(${given})`;
  }
  const required = item.parameters.filter((parameter) => !parameter.defaultValue);
  if (item.kind === 'fn') return `${name}(${required.map(() => 'image').join(', ')})`;
  return `image -> ${name}(${required.map(({ name: { text } }) => (text === 'stride' ? 1 : 4)).join(', ')})`;
}

describe('the language reference', () => {
  test.each(examples)('example %# compiles', (text) => {
    const { program } = parse(text, 'example.cnn');
    const networks = program.items.flatMap((item) => (item.kind === 'network' ? item.name.text : []));
    const source = whole(text, program);
    const compiled = (networks.length > 0 ? networks : [undefined]).map((network) =>
      compileSource(source, 'example.cnn', { network }),
    );
    const found = compiled.flatMap(({ diagnostics }) => diagnostics);
    const errors = found.filter(({ severity }) => severity === 'error');
    expect(errors.map(({ code, message }) => `${code} ${message}`)).toEqual([]);
  });

  test.each(examples)('example %#', (text) => {
    const { program, diagnostics } = parse(text, 'example.cnn');
    expect(diagnostics).toEqual([]);
    expect(format(program, text)).toBe(text);
  });

  test('shows every kind of item and statement', () => {
    const code = examples.join('\n');
    for (const word of [...Object.keys(itemKeywords), ...Object.keys(statementKeywords), 'repeat']) {
      expect(code).toMatch(new RegExp(`\\b${word}\\b`));
    }
    for (const { PATTERN } of reservedWords) expect(page).toContain(`\`${PATTERN}\``);
  });
});
