import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compileSource } from '../../src/compile.ts';
import { actionsAt } from '../../src/lsp/actions.ts';
import { analyze } from '../../src/lsp/analysis.ts';
import { completionsAt } from '../../src/lsp/completion.ts';
import { formatting } from '../../src/lsp/formatting.ts';
import { hoverAt } from '../../src/lsp/hover.ts';
import { inlayHints } from '../../src/lsp/inlay-hints.ts';
import { referencesTo, rename } from '../../src/lsp/references.ts';
import { semanticTokens } from '../../src/lsp/semantic-tokens.ts';
import { signatureAt } from '../../src/lsp/signature.ts';
import { documentSymbols, foldingRanges, workspaceSymbols } from '../../src/lsp/symbols.ts';
import { Workspace } from '../../src/lsp/workspace.ts';

/** Small ones, as every edit is followed by a whole analysis. */
const texts = ['examples/linear.cnn', 'examples/lenet.cnn', 'examples/autoencoder.cnn', 'examples/zoo/lenet5.cnn'].map(
  (path) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8'),
);

const questions: readonly ((workspace: Workspace, file: string, offset: number) => unknown)[] = [
  hoverAt,
  (workspace, file) => inlayHints(workspace, file),
  completionsAt,
  signatureAt,
  referencesTo,
  (workspace, file, offset) => rename(workspace, file, offset, 'other'),
  (workspace, file) => [
    documentSymbols(workspace, file),
    foldingRanges(workspace, file),
    workspaceSymbols(workspace, 'a'),
  ],
  semanticTokens,
  formatting,
  actionsAt,
];

/** As shares of the text, so that they fit any. */
const place = fc.double({ min: 0, max: 1, noNaN: true });
const snippets = [
  '(',
  ')',
  '{',
  '}',
  '->',
  ' -> relu',
  ',',
  ':',
  '"',
  '3x3',
  '=',
  '\n',
  '//',
  ' ',
  'x',
  'stride: ',
  '9',
  'in',
  '\u{1F600}',
];
const edit = fc.oneof(
  fc.record({ kind: fc.constant('insert' as const), at: place, text: fc.constantFrom(...snippets) }),
  fc.record({ kind: fc.constant('delete' as const), at: place, length: fc.integer({ min: 1, max: 30 }) }),
  fc.record({ kind: fc.constant('paste' as const), at: place, from: place, length: fc.integer({ min: 1, max: 80 }) }),
  fc.record({ kind: fc.constant('undo' as const) }),
);
type Edit = typeof edit extends fc.Arbitrary<infer Value> ? Value : never;

function edited(history: readonly string[], change: Edit): readonly string[] {
  const text = history.at(-1)!;
  if (change.kind === 'undo') return history.length > 1 ? history.slice(0, -1) : history;
  const at = Math.floor(change.at * text.length);
  if (change.kind === 'delete') return [...history, text.slice(0, at) + text.slice(at + change.length)];
  const from = change.kind === 'paste' ? Math.floor(change.from * text.length) : 0;
  const inserted = change.kind === 'paste' ? text.slice(from, from + change.length) : change.text;
  return [...history, text.slice(0, at) + inserted + text.slice(at)];
}

test('500 edits never throw, and end with what a fresh check says', () => {
  const sequence = fc.record({
    start: fc.constantFrom(...texts),
    edits: fc.array(fc.tuple(edit, place, fc.nat(questions.length - 1)), { minLength: 20, maxLength: 20 }),
  });
  fc.assert(
    fc.property(sequence, ({ start, edits }) => {
      const workspace = new Workspace();
      let history: readonly string[] = [start];
      for (const [change, where, question] of edits) {
        history = edited(history, change);
        const text = history.at(-1)!;
        workspace.set('net.cnn', text);
        questions[question]!(workspace, 'net.cnn', Math.floor(where * text.length));
      }
      const text = history.at(-1)!;
      const told = workspace.analysis('net.cnn')!.diagnostics();
      const { diagnostics, program } = compileSource(text, 'net.cnn', { library: true, read: new Workspace().read });
      if (program.items.filter(({ kind }) => kind === 'network').length < 2) expect(told).toEqual(diagnostics);
      expect(told).toEqual(analyze(text, 'net.cnn', { read: new Workspace().read }).diagnostics());
    }),
    { numRuns: Number(process.env.EDITS ?? 500) / 20, seed: process.env.SEED ? Number(process.env.SEED) : 14 },
  );
});
