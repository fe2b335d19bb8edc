/** @file `allow CNN5001 "reason"` silences one rule at one place, wherever statements, settings and items stand. */
import { describe, expect, it } from 'vitest';
import { compileSource } from '../../src/compile.ts';
import { format } from '../../src/syntax/format.ts';
import { parse } from '../../src/syntax/parse.ts';

const program = (before: string, inBody: string, inTrain: string, atEnd = '') => `${before}
block Unit {
  ${inBody}
  y = in -> conv(8, 3x3) -> batchnorm -> relu
  return y
}
network N {
  input image: [1, 28, 28]
  target label: class(10)
  y = image -> Unit -> maxpool(2) -> dense(10)
  loss crossentropy(y, label)
  output y
  ${atEnd}
}
train N {
  ${inTrain}
  augment flip(horizontal)
  batch 32
}
`;
const allow = (code: string) => `allow ${code} "a trial"`;
const codes = (text: string) => compileSource(text, 'a.cnn').diagnostics.map(({ code }) => code);

describe('allow', () => {
  it('silences in bodies, at the top level and in train blocks', () => {
    expect(codes(program('', '', ''))).toEqual(['CNN5001', 'CNN5033']);
    expect(codes(program('', allow('CNN5001'), ''))).toEqual(['CNN5033']);
    expect(codes(program(allow('CNN5001'), '', ''))).toEqual(['CNN5033']);
    expect(codes(program('', '', allow('CNN5033')))).toEqual(['CNN5001']);
    expect(codes(program('', `${allow('CNN5018')}\n${allow('CNN5001')}`, allow('CNN5033')))).toEqual(['CNN5044']);
  });

  it('silences in an imported file what is found there', () => {
    const block = (inBody: string) => `block Unit {
  ${inBody}
  y = in -> conv(8, 3x3) -> batchnorm -> relu
  return y
}
`;
    const text = program('', '', '').replace(/block Unit \{[^}]*\}/, 'import { Unit } from "./unit.cnn"');
    const found = (inBody: string) =>
      compileSource(text, 'a.cnn', {
        read: () => ({ file: 'unit.cnn', text: block(inBody) }),
      }).diagnostics.map(({ code, span }) => [code, span!.file]);
    expect(found('')).toEqual([
      ['CNN5033', 'a.cnn'],
      ['CNN5001', 'unit.cnn'],
    ]);
    expect(found(allow('CNN5001'))).toEqual([['CNN5033', 'a.cnn']]);
    // What it does not silence here it may silence for another network.
    expect(found(allow('CNN5018'))).toHaveLength(2);
  });

  it('that silences nothing is told, unless the rule was not asked', () => {
    expect(codes(program('', '', `${allow('CNN5001')}\n${allow('CNN5033')}`))).toEqual(['CNN5001', 'CNN5044']);
    expect(codes(program('', allow('CNN5001'), allow('CNN5033'), allow('CNN5001')))).toEqual(['CNN5044']);
    const wrong = program('', allow('CNN5001'), allow('CNN2001')).replace('relu', 'reluu');
    expect(codes(wrong)).toEqual(['CNN2001', 'CNN5044']);
    const library = 'allow CNN5001 "none"\nblock B { return in -> relu }\n';
    expect(compileSource(library, 'a.cnn', { library: true }).diagnostics).toEqual([]);
    const levels = { CNN5001: 'allow', CNN5033: 'allow' } as const;
    const text = program('', allow('CNN5001'), '');
    expect(compileSource(text, 'a.cnn', { levels }).diagnostics).toEqual([]);
  });

  it('needs a reason', () => {
    expect(codes(program('', 'allow CNN5001', allow('CNN5033')))).toEqual(['CNN1028']);
    expect(codes(program('allow CNN5001', '', 'allow CNN5033'))).toEqual(['CNN1028', 'CNN1028']);
  });

  it('is laid out as a line of its own, and may be a name', () => {
    const text = program(allow('CNN5001'), allow('CNN5001'), allow('CNN5033'), allow('CNN5001'));
    const { program: tree, diagnostics } = parse(text.replaceAll('\n  allow', ' allow'), 'a.cnn');
    expect(diagnostics).toEqual([]);
    const formatted = format(tree, text.replaceAll('\n  allow', ' allow'));
    for (const line of [
      'allow CNN5001 "a trial"\nblock',
      '\n  allow CNN5001 "a trial"\n  y',
      '\n  allow CNN5033 "a trial"\n  augment',
    ])
      expect(formatted).toContain(line);
    expect(parse('network N { allow = 3 y = allow loss y }', 'a.cnn').diagnostics).toEqual([]);
  });
});
