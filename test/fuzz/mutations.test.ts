/**
 * @file Random programs with mistakes: characters and words changed, attributes out of bounds, names that clash. Whatever
 * comes of it is compiled or refused, at once, with diagnostics that have an entry in the catalogue and a place.
 */
import { library } from 'cnnc:library';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { allCodes } from '../../src/cli/all-codes.ts';
import { compileSource } from '../../src/compile.ts';
import type { Diagnostic } from '../../src/diagnostics/diagnostic.ts';
import { trainingGraph } from '../../src/plan/program-graphs.ts';
import { summaryOf } from '../../src/report/summarize-module.ts';
import { ProgramWriter, recipesOf } from './random-program.ts';

const RUNS = Number(process.env.FUZZ_RUNS ?? 500);
const SEED = Number(process.env.FUZZ_SEED ?? 1);

interface Edit {
  readonly kind: 'character' | 'number' | 'name' | 'cut' | 'twice';
  readonly at: number;
  readonly other: number;
  readonly text: string;
}

const edit: fc.Arbitrary<Edit> = fc.record({
  kind: fc.constantFrom('character', 'number', 'number', 'name', 'cut', 'twice'),
  at: fc.noBias(fc.nat(9999)),
  other: fc.noBias(fc.nat(9999)),
  text: fc.constantFrom(
    ...['0', '-1', '1e9', '2.5', '99', '1e-300', '1e308', '0x3', '50%', '3G', '[]', '[0, 0]', '1000000x1', '""'],
    ...['in', 'true', 'image', 'v1', 'relu', 'same', '(', '}', '->', '\u0000', '\\', '"', 'é', '/*', '//', ' '],
  ),
});

/** Puts another number or name in the place of one, cuts something out, or writes it twice. */
function edited(text: string, { kind, at, other, text: word }: Edit): string {
  if (kind === 'number' || kind === 'name') {
    const places = [...text.matchAll(kind === 'number' ? /(?<=[ (,[])[\d.]+/g : /[A-Za-z_]\w*/g)];
    const found = places[at % Math.max(1, places.length)];
    const names = text.match(/[A-Za-z_]\w*/g) ?? [];
    const put = kind === 'number' ? word : names[other % Math.max(1, names.length)];
    return found ? text.slice(0, found.index) + put + text.slice(found.index + found[0].length) : text;
  }
  const start = at % (text.length + 1);
  const end = Math.min(text.length, start + (other % 30));
  if (kind === 'cut') return text.slice(0, start) + text.slice(end);
  return kind === 'twice' ? text.slice(0, end) + text.slice(start) : text.slice(0, start) + word + text.slice(start);
}

function expectWellFormed({ code, message, span }: Diagnostic, text: string): void {
  expect(Object.keys(allCodes)).toContain(code);
  expect(message).not.toMatch(/undefined|NaN|\[object/);
  expect(span, code).toBeDefined();
  const place = span!.file === 'fuzz.cnn' ? text : library[span!.file]!;
  expect(span!.start <= span!.end && span!.end <= place.length, `${code} has a place in the text`).toBe(true);
}

test('a random program with mistakes is refused with diagnostics, or compiled', () => {
  let [refused, slowest] = [0, 0];
  const property = fc.property(recipesOf(5), fc.array(edit, { minLength: 1, maxLength: 3 }), (recipe, edits) => {
    const text = edits.reduce(edited, new ProgramWriter(recipe).text);
    const start = process.cpuUsage();
    const { diagnostics, elaboration } = compileSource(text, 'fuzz.cnn');
    // A number may have become large: such a network is summed up, not run.
    if (elaboration) summaryOf(elaboration);
    if (elaboration && edits.length === 1) trainingGraph(elaboration, { verify: true });
    const { user, system } = process.cpuUsage(start);
    slowest = Math.max(slowest, (user + system) / 1e6);
    const errors = diagnostics.filter(({ severity }) => severity === 'error');
    expect(elaboration === undefined, 'either diagnostics or a network').toBe(errors.length > 0);
    refused += errors.length > 0 ? 1 : 0;
    for (const diagnostic of diagnostics) expectWellFormed(diagnostic, text);
  });
  fc.assert(property, { numRuns: RUNS, seed: SEED });
  expect(refused).toBeGreaterThan(RUNS / 4);
  // Seconds of processor time.
  expect(slowest).toBeLessThan(3);
}, 3_600_000);
