/** @file The process that editors start, spoken to in their protocol. */
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  createMessageConnection,
  type MessageConnection,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-languageserver/node';
import { folderWith } from '../cli/run-cnnc.ts';
import { bundleProgram, programPath } from '../support/bundles.ts';

const blocks = 'block Step(width) {\n  return in -> conv(width, 3x3, pad: 1) -> relu\n}\n';
const text = `import { Step } from "./blocks.cnn"

network Net {
  input image: [3, 32, 32]
  target label: class(10)
  logits = image -> Step(16) -> relo -> globalavgpool -> dense(10)
  loss crossentropy(logits, label)
  output logits
}
`;

const folder = folderWith({ 'blocks.cnn': blocks, 'net.cnn': text });
const uri = pathToFileURL(join(folder, 'net.cnn')).href;
let process_: ChildProcess;
let connection: MessageConnection;
const told: { readonly uri: string; readonly diagnostics: readonly { readonly code: string }[] }[] = [];

beforeAll(async () => {
  await bundleProgram();
  process_ = spawn(process.execPath, [programPath, 'lsp', '--stdio'], { stdio: ['pipe', 'pipe', 'inherit'] });
  connection = createMessageConnection(
    new StreamMessageReader(process_.stdout!),
    new StreamMessageWriter(process_.stdin!),
  );
  connection.onNotification('textDocument/publishDiagnostics', (found) => void told.push(found));
  connection.listen();
  const { capabilities } = await connection.sendRequest<{ capabilities: object }>('initialize', {
    processId: null,
    rootUri: pathToFileURL(folder).href,
    capabilities: {},
  });
  expect(capabilities).toMatchObject({ hoverProvider: true, renameProvider: { prepareProvider: true } });
  await connection.sendNotification('initialized', {});
  await connection.sendNotification('textDocument/didOpen', {
    textDocument: { uri, languageId: 'cnn', version: 1, text },
  });
}, 60_000);

afterAll(() => {
  connection.dispose();
  process_.kill();
});

/** Just behind the first `word`. */
function at(word: string) {
  const before = text.slice(0, text.indexOf(word) + word.length);
  return { line: before.split('\n').length - 1, character: before.length - before.lastIndexOf('\n') - 1 };
}

const ask = <Result>(question: string, more: object = {}) =>
  connection.sendRequest<Result>(`textDocument/${question}`, { textDocument: { uri }, ...more });

test('a mistake is told, its fix mends it, and then all is well', async () => {
  await expect.poll(() => told.at(-1)?.diagnostics.map(({ code }) => code)).toEqual(['CNN2001']);
  const position = at('relo');
  const actions = await ask<{ title: string; edit: { changes: Record<string, { newText: string }[]> } }[]>(
    'codeAction',
    {
      range: { start: position, end: position },
      context: { diagnostics: [] },
    },
  );
  expect(actions[0]).toMatchObject({
    title: 'did you mean `relu`?',
    edit: { changes: { [uri]: [{ newText: 'relu' }] } },
  });
  const mended = text.replace('relo', 'relu');
  // Only the newest of texts that come at once is told of.
  for (const [version, change] of [`${text}\n`, `${text}\n\n`, mended].entries())
    await connection.sendNotification('textDocument/didChange', {
      textDocument: { uri, version: version + 2 },
      contentChanges: [{ text: change }],
    });
  await expect.poll(() => told.at(-1)?.diagnostics.filter(({ code }) => code < 'CNN5')).toEqual([]);
});

test('everything is answered that editors ask', async () => {
  const position = at('-> Step');
  expect(await ask('hover', { position })).toMatchObject({
    contents: { value: expect.stringContaining('[16, 32, 32]') },
  });
  const blocksUri = pathToFileURL(join(folder, 'blocks.cnn')).href;
  expect(await ask('definition', { position })).toMatchObject([{ uri: blocksUri }]);
  expect(await ask('references', { position, context: { includeDeclaration: true } })).toHaveLength(3);
  const renamed = await ask<{ changes: object }>('rename', { position, newName: 'Stage' });
  expect(Object.keys(renamed.changes).toSorted()).toEqual([blocksUri, uri].toSorted());
  await expect(ask('rename', { position, newName: 'relu' })).rejects.toThrow('stands for something else');
  const completions = await ask<{ label: string }[]>('completion', { position: at('globalavg') });
  expect(completions.map(({ label }) => label)).toContain('globalavgpool');
  expect(await ask('signatureHelp', { position: at('dense(') })).toMatchObject({ activeParameter: 0 });
  const range = { start: { line: 0, character: 0 }, end: { line: 20, character: 0 } };
  const hints = await ask<{ label: string }[]>('inlayHint', { range });
  expect(hints.map(({ label }) => label)).toEqual(['[16, 32, 32]', '[16, 32, 32]', '[16]', '[10]']);
  expect(await ask('documentSymbol')).toMatchObject([{ name: 'Net', children: [{}, {}, {}, {}] }]);
  expect(await connection.sendRequest('workspace/symbol', { query: 'st' })).toMatchObject([{ name: 'Step' }]);
  expect(await ask('foldingRange')).toMatchObject([{ startLine: 2, endLine: 7 }]);
  const { data } = await ask<{ data: number[] }>('semanticTokens/full');
  expect(data.length % 5).toBe(0);
  expect(data.length).toBeGreaterThan(50);
  expect(await ask('formatting', { options: { tabSize: 2, insertSpaces: true } })).toEqual([]);
  expect(await ask('codeLens')).toMatchObject([{ command: { title: expect.stringContaining('parameters') } }]);
  await connection.sendNotification('workspace/didChangeConfiguration', { settings: { cnnc: { inlayHints: false } } });
  expect(await ask('inlayHint', { range })).toEqual([]);
});

test('commands start without the library of the protocol', async () => {
  const { outputs } = await bundleProgram();
  const imports = Object.values(outputs).flatMap((file) => file.imports);
  const protocol = imports.filter(({ path }) => path.startsWith('vscode-languageserver'));
  expect(protocol.map(({ kind }) => kind)).toEqual(['dynamic-import']);
});
