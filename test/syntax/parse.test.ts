import fc from 'fast-check';
import { createColors } from 'picocolors';
import { describe, expect, test } from 'vitest';
import { InternalError } from '../../src/diagnostics/diagnostic.ts';
import { renderAll } from '../../src/diagnostics/render.ts';
import type { Expression, Item, Program, Statement } from '../../src/syntax/ast.ts';
import { parse, parseOperator } from '../../src/syntax/parse.ts';
import { programText, programWords } from './arbitrary-program.ts';
import { definitions, resnet20 } from './design-programs.ts';

function parsed(text: string): Program {
  const { program, diagnostics } = parse(text, 'a.cnn');
  expect(diagnostics).toEqual([]);
  return program;
}

/** The value of the only constant of a text. */
function expressionOf(text: string): Expression {
  const [item] = parsed(`x = ${text}`).items;
  if (item?.kind !== 'binding') throw new Error('not a constant');
  return item.value;
}

/** A tree in the form of Lisp. */
function show(expression: Expression): string {
  const list = (...parts: (string | Expression)[]) =>
    `(${parts.map((part) => (typeof part === 'string' ? part : show(part))).join(' ')})`;
  switch (expression.kind) {
    case 'number':
      return String(expression.value) + (expression.unit?.endsWith('s') ? expression.unit : '');
    case 'pair':
      return expression.values.join('x');
    case 'string':
      return JSON.stringify(expression.value);
    case 'boolean':
      return String(expression.value);
    case 'identifier':
      return expression.text;
    case 'list':
      return `[${expression.items.map(show).join(' ')}]`;
    case 'call':
      return list(
        expression.callee.text,
        ...expression.arguments.map(({ name, value }) => (name ? `${name.text}:${show(value)}` : value)),
      );
    case 'member':
      return list('.', expression.object, expression.member.text);
    case 'index':
      return list('at', expression.object, ...expression.indices);
    case 'reduce':
      return list(expression.operator, `<${expression.axes.map((axis) => axis.text).join(' ')}>`, expression.body);
    case 'unary':
      return list(expression.operator, expression.operand);
    case 'binary':
      return list(expression.operator, expression.left, expression.right);
    case 'if':
      return list('if', expression.condition, expression.consequent, expression.alternate);
    case 'pipeline':
      return list(
        '->',
        expression.source,
        ...expression.stages.map(({ name, repeat, target }) =>
          [name ? `${name.text}:` : '', repeat ? `${show(repeat)}*` : '', show(target)].join(''),
        ),
      );
  }
}

function bodyOf(item: Item | undefined): readonly Statement[] {
  if (item?.kind !== 'network' && item?.kind !== 'block') throw new Error('no body');
  return item.body;
}

describe('the programs of the design', () => {
  test('the network and how it is trained', () => {
    const { items, comments } = parsed(resnet20);
    expect(items.map((item) => item.kind)).toEqual(['import', 'network', 'train']);
    expect(bodyOf(items[1]).map((statement) => statement.kind)).toEqual(
      'input target binding binding binding binding binding loss metric output assert'.split(' '),
    );
    const train = items[2] as Extract<Item, { kind: 'train' }>;
    expect(train.settings.map((setting) => [setting.name.text, setting.arguments.length])).toEqual([
      ['data', 1],
      ['normalize', 2],
      ['augment', 2],
      ['init', 1],
      ['optimizer', 1],
      ['schedule', 1],
      ['batch', 1],
      ['epochs', 1],
      ['stop', 1],
      ['seed', 1],
    ]);
    expect(comments.map((comment) => comment.text)).toEqual(['// ResNet-20 for CIFAR-10: He et al. 2016, section 4.2']);
  });

  test('block, function, operator', () => {
    const { items } = parsed(definitions);
    expect(items.map((item) => item.kind)).toEqual(['block', 'fn', 'op', 'network']);
    const [main, skip] = bodyOf(items[0]) as Extract<Statement, { kind: 'binding' }>[];
    expect(show(main!.value)).toBe(
      '(-> in (conv channels 3x3 stride:stride pad:same bias:false) batchnorm relu (conv channels 3x3 pad:same bias:false) batchnorm)',
    );
    expect(show(skip!.value)).toBe(
      '(if (and (== stride 1) (== (. in channels) channels)) in (-> in (conv channels 1x1 stride:stride bias:false) batchnorm))',
    );
    const loss = bodyOf(items[3]).find((statement) => statement.kind === 'loss')!;
    expect(show(loss.value)).toBe('(mean (/ (sum (^ (- target probs) 2)) 2))');
  });

  test('every span is the text it stands for', () => {
    const visit = (value: unknown): void => {
      if (typeof value !== 'object' || value === null) return;
      const { text, span, kind } = value as { text?: string; span?: { start: number; end: number }; kind?: string };
      if (span && typeof text === 'string' && kind !== 'number')
        expect(resnet20.slice(span.start, span.end)).toBe(text);
      if (span) expect(resnet20.slice(span.start, span.end).trim()).toHaveLength(span.end - span.start);
      for (const inner of Object.values(value)) visit(inner);
    };
    const program = parsed(resnet20);
    visit(program.items);
    visit(program.comments);
  });
});

describe('expressions', () => {
  test.each([
    ['a + b * c ^ d ^ e', '(+ a (* b (^ c (^ d e))))'],
    ['-a ^ 2 * b', '(* (- (^ a 2)) b)'],
    ['2 ^ -1', '(^ 2 (- 1))'],
    ['a - b - c', '(- (- a b) c)'],
    ['not a == b and c or d', '(or (and (not (== a b)) c) d)'],
    ['a + b -> relu', '(-> (+ a b) relu)'],
    ['(a -> f) + b', '(+ (-> a f) b)'],
    [
      'a -> one: repeat(n - 1) B(2) -> if c { f } else if d { g } else { h }',
      '(-> a one:(- n 1)*(B 2) (if c f (if d g h)))',
    ],
    ['in.channels', '(. in channels)'],
    ['list[2][i]', '(at (at list 2) i)'],
    ['f(1, pad: [1, 2,], x -> g,)', '(f 1 pad:[1 2] (-> x g))'],
    ['10 % 3 + 10%3 + 10%', '(+ (+ (% 10 3) (% 10 3)) 0.1)'],
    ['[300k, 45M, 1.5G, 2KB, 1MB, 1e-4, 0.3M, 5x1]', '[300000 45000000 1500000000 2048 1048576 0.0001 300000 5x1]'],
    ['f(2 epochs, 1 step)', '(f 2epochs 1steps)'],
    ['"a \\"b\\" \\\\ \\n"', '"a \\"b\\" \\\\ \\n"'],
    ['sum(c) + max(a, b) * sum(x)', '(+ (sum c) (* (max a b) (sum x)))'],
  ])('%s', (text, tree) => {
    expect(show(expressionOf(text))).toBe(tree);
  });

  test('words of the language are names wherever that is unambiguous', () => {
    const { items } = parsed(`
      data = 3 batch = data * 2 loss = 4 network = 5 from = 1
      network import(train, stop = seed) {
        input input: [epochs] target target: class(2) loss loss(input, target) output output
        metric metric = output repeat = relu -> repeat -> repeat(2) repeat
        for for in [input] { a = for return = a }
      }
      train train { batch 128 epochs n seed seed data data(data: data, warmup: 2 epochs) epochs 30 }`);
    expect(items.map((item) => item.kind)).toEqual([...Array(5).fill('binding'), 'network', 'train']);
    expect(bodyOf(items[5]).map((statement) => statement.kind)).toEqual(
      'input target loss output metric binding for'.split(' '),
    );
    const train = items[6] as Extract<Item, { kind: 'train' }>;
    expect(train.settings.map((setting) => setting.name.text)).toEqual('batch epochs seed data epochs'.split(' '));
  });
});

describe('formulas', () => {
  test.each([
    ['sum(c, p) x[c] * k[c, p] + b[]', '(+ (sum <c p> (* (at x c) (at k c p))) (at b))'],
    ['2 * sum(c) x[c] / n - 1', '(- (* 2 (sum <c> (/ (at x c) n))) 1)'],
    ['sum(c) max(p) x[c, p] ^ 2', '(sum <c> (max <p> (^ (at x c p) 2)))'],
    ['sum(c) (x[c] - 1)^2', '(sum <c> (^ (- (at x c) 1) 2))'],
    ['max(x[c], y[c])', '(max (at x c) (at y c))'],
    ['sum(c) - x[c]', '(- (sum c) (at x c))'],
    ['x[c, sv*i + dv*p - top]', '(at x c (- (+ (* sv i) (* dv p)) top))'],
    ['if x[c] > 0 { x[c] } else { 0 }', '(if (> (at x c) 0) (at x c) 0)'],
  ])('%s', (formula, tree) => {
    const operator = parseOperator(`op f(x[c, h], k[]) -> y[] = ${formula}`);
    expect(operator.operands.map(({ name, axes }) => [name.text, axes.length])).toEqual([
      ['x', 2],
      ['k', 0],
    ]);
    expect(show(operator.body)).toBe(tree);
  });

  test('a call at the end of a formula does not swallow the next item', () => {
    const { items } = parsed('op f(x[], y[]) -> z[] = max(x, y) network N { loss x } op g(x[]) -> z[] = sum(x) c = 3');
    expect(items.map((item) => item.kind)).toEqual(['op', 'network', 'op', 'binding']);
  });

  test('bad text of the compiler itself is an internal error', () => {
    expect(() => parseOperator('op f(x[c]) -> y[c] = ')).toThrow(InternalError);
    expect(() => parseOperator('x = 3')).toThrow(InternalError);
  });
});

describe('limits', () => {
  const codes = (text: string) => parse(text, 'a.cnn').diagnostics.map((diagnostic) => diagnostic.code);

  test.each([
    ['parentheses', `x = ${'('.repeat(10_000)}1${')'.repeat(10_000)}`],
    ['lists', `x = ${'['.repeat(10_000)}`],
    ['bodies', `network N { ${'for i in x { '.repeat(5_000)}`],
    ['negations', `x = ${'- '.repeat(10_000)}1`],
    ['powers', `x = ${'2 ^ '.repeat(10_000)}1`],
    ['a long sum', `x = ${'1 + '.repeat(10_000)}1`],
    ['indices', `x = a${'[1]'.repeat(10_000)}`],
    ['else if', `x = ${'if a { b } else '.repeat(5_000)} { c }`],
    ['reductions', `op f(x[i]) -> y[] = ${'sum(i) '.repeat(10_000)} x[i]`],
    ['sums within parentheses', `x = ${'('.repeat(90)}1${`${' + 1'.repeat(50)})`.repeat(90)}`],
  ])('nesting of %s', (_, text) => {
    expect(codes(text)).toEqual(['CNN1020']);
  });

  test('what is just within them', () => {
    parsed(`x = ${'('.repeat(99)}1${')'.repeat(99)}`);
    parsed(`x = ${'1 + '.repeat(390)}1`);
    parsed(`x = [${'1, '.repeat(20_000)}1]`);
    parsed(`network N { x0 = in ${'-> relu '.repeat(2_000)} }`);
  });

  test('large files', () => {
    expect(codes(' '.repeat(500_001))).toEqual(['CNN1021']);
    expect(codes(' '.repeat(500_000))).toEqual([]);
    expect(codes(`x = [${'1, '.repeat(25_001)}1]`)).toEqual(['CNN1021']);
    expect(codes('?'.repeat(200_000))).toHaveLength(1);
    expect(codes('? '.repeat(200_000))).toHaveLength(50);
  });

  const atoms = [
    '1e+',
    '"',
    '-',
    '2^',
    'a',
    'a ',
    '[',
    '({[',
    'x -> ',
    'a.',
    '/*',
    'a=1,',
    '@',
    '“',
    'f(a=',
    'input a\n',
  ];
  test.each(atoms)('a long line of %j ends soon, and its reports are short', (atom) => {
    const text = `network N {\n  y = ${atom.repeat(Math.floor(90_000 / atom.length))}`;
    const { diagnostics } = parse(text, 'a.cnn');
    expect(diagnostics.length).toBeGreaterThan(0);
    const shown = renderAll(diagnostics, new Map([['a.cnn', text]]), { colors: createColors(false) });
    expect(shown.length).toBeLessThan(25_000);
  });
});

describe('damaged programs', () => {
  /** Places, codes and texts of what is reported must be sound whatever the input is. */
  const check = (text: string) => {
    const { program, diagnostics } = parse(text, 'a.cnn');
    for (const { code, span, message } of diagnostics) {
      expect(code).toMatch(/^CNN1\d{3}$/);
      expect(message).not.toMatch(/undefined|NaN|\[object|EOF|Close|Open/);
      expect(0 <= span!.start && span!.start <= span!.end && span!.end <= text.length).toBe(true);
    }
    expect(program.kind).toBe('program');
    return diagnostics;
  };
  const parameters = { seed: 7, numRuns: 400 };

  test('words deleted, inserted and swapped', () => {
    const edits = fc.array(fc.tuple(fc.nat(), fc.nat(), fc.constantFrom('delete', 'insert', 'swap')), {
      minLength: 1,
      maxLength: 4,
    });
    fc.assert(
      fc.property(programWords, edits, (words, changes) => {
        const damaged = [...words];
        for (const [first, second, change] of changes) {
          if (damaged.length === 0) break;
          const at = first % damaged.length;
          const other = damaged[second % damaged.length]!;
          if (change === 'delete') damaged.splice(at, 1);
          else if (change === 'insert') damaged.splice(at, 0, other);
          else [damaged[at], damaged[second % damaged.length]] = [other, damaged[at]!];
        }
        check(damaged.join(' '));
        check(damaged.join('\n'));
      }),
      parameters,
    );
  });

  test('characters deleted and inserted', () => {
    const inserted = fc.constantFrom(...'{}()[]"\'/*#;=:,.-><!%^0x \n\t\\é漢$`', '\u0000', '\uD800');
    const edits = fc.array(fc.tuple(fc.nat(), fc.option(inserted)), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(fc.constantFrom(resnet20, definitions), edits, (text, changes) => {
        let damaged = text;
        for (const [place, character] of changes) {
          const at = place % (damaged.length + 1);
          damaged = damaged.slice(0, at) + (character ?? '') + damaged.slice(character === null ? at + 1 : at);
        }
        check(damaged);
      }),
      parameters,
    );
  });

  test('cut off anywhere', () => {
    for (let end = 0; end < definitions.length; end += 3) check(definitions.slice(0, end));
  });

  test('noise', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => void check(text)),
      parameters,
    );
  });

  test('whole programs are accepted however they are broken into lines', () => {
    fc.assert(
      fc.property(programText, (text) => {
        expect(check(text)).toEqual([]);
      }),
      parameters,
    );
  });

  test('a bracket or a value where a file starts', () => {
    for (const text of ['(', '[1]', '2', 'stride 2', '{', ';'])
      expect(parse(text, 'a.cnn').diagnostics.length, text).toBeGreaterThan(0);
  });

  test('a mistake in one statement leaves the others', () => {
    const lines = resnet20.split('\n');
    const good = lines.findIndex((line) => line.includes('stage2 ='));
    const damaged = lines.with(good, '  stage2 = stage1 -> -> relu').join('\n');
    const { program, diagnostics } = parse(damaged, 'a.cnn');
    expect(diagnostics.map((diagnostic) => diagnostic.code)).toEqual(['CNN1015']);
    expect(bodyOf(program.items[1])).toHaveLength(10);
    expect(program.items).toHaveLength(3);
  });
});
