/**
 * @file The language server: the protocol around `lsp`, which answers. It is told whole texts, as `.cnn` files are small.
 * The protocol's library drops questions that the editor takes back while they wait.
 */
import type * as Protocol from 'vscode-languageserver/node';
import { COMPILER_VERSION } from '../../common/version.ts';
import { fileOf } from './convert.ts';
import { answerQuestions, CAPABILITIES } from './questions.ts';
import { Session } from './session.ts';

/** Serves until the editor ends it. */
export function serve(protocol: typeof Protocol): Promise<never> {
  const connection = protocol.createConnection(protocol.ProposedFeatures.all, process.stdin, process.stdout);
  const session = new Session(connection);
  connection.onInitialize(({ workspaceFolders, rootUri, initializationOptions }) => {
    const folders = workspaceFolders?.map(({ uri }) => uri) ?? (rootUri ? [rootUri] : []);
    session.files.folders = folders.map(fileOf);
    session.configure(initializationOptions);
    return { capabilities: CAPABILITIES, serverInfo: { name: 'cnnc', version: COMPILER_VERSION } };
  });
  connection.onDidChangeConfiguration(({ settings }) => session.configure(settings?.cnnc));
  connection.onDidOpenTextDocument(({ textDocument: { uri, version, text } }) => session.take(uri, version, text));
  connection.onDidChangeTextDocument(({ textDocument: { uri, version }, contentChanges }) => {
    const text = contentChanges.at(-1)?.text;
    if (text !== undefined) session.take(uri, version, text);
  });
  connection.onDidCloseTextDocument(({ textDocument: { uri } }) => session.drop(uri));
  connection.onDidSaveTextDocument(() => session.refresh());
  connection.onDidChangeWatchedFiles(() => session.refresh());
  answerQuestions(session);
  connection.listen();
  return new Promise(() => {});
}
