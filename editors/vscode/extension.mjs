/** @file The extension: starts the language server, and runs commands of `cnnc` for the file that is open. */
import { execFile } from 'node:child_process';
import { existsSync, unwatchFile, watchFile } from 'node:fs';
import { dirname, join } from 'node:path';
import * as vscode from 'vscode';
import { LanguageClient, TransportKind } from 'vscode-languageclient/node';
import { Summaries } from './summary.mjs';
import { readPage, Training } from './training.mjs';

/** The editor is Node when it is told so. */
const asNode = { ...process.env, ELECTRON_RUN_AS_NODE: '1' };

let client;

export async function activate(context) {
  const program = context.asAbsolutePath('cnnc.mjs');
  const settings = vscode.workspace.getConfiguration('cnnc');
  client = new LanguageClient(
    'cnnc',
    { module: program, args: ['lsp'], transport: TransportKind.stdio },
    {
      documentSelector: [{ language: 'cnn' }],
      initializationOptions: {
        inlayHints: settings.get('inlayHints'),
        codeLens: settings.get('codeLens'),
        commands: true,
      },
      synchronize: {
        configurationSection: 'cnnc',
        fileEvents: vscode.workspace.createFileSystemWatcher('**/{*.cnn,cnnc.json}'),
      },
    },
  );
  const summaries = new Summaries(vscode, context, (file, words) => output(program, file, ['summary', file, ...words]));
  const training = new Training(vscode, context, program, {
    path: process.execPath,
    env: { ELECTRON_RUN_AS_NODE: '1' },
  });
  const onFile = (command, act) =>
    vscode.commands.registerCommand(command, (uri, network) => {
      const file = fileOf(uri);
      return file && act(file, typeof network === 'string' ? ['--network', network] : []);
    });
  context.subscriptions.push(
    onFile('cnnc.summary', (file, words) => summaries.show(file, words)),
    onFile('cnnc.report', (file, words) =>
      showPage('Network', output(program, file, ['summary', file, '--html', '-', ...words])),
    ),
    onFile('cnnc.train', (file, words) => training.start(file, words)),
    vscode.commands.registerCommand('cnnc.runReport', () => showRun(training.folder)),
  );
  await client.start();
}

export function deactivate() {
  return client?.stop();
}

/** A lens names its file; the command palette means the one that is open. */
function fileOf(uri) {
  const chosen = typeof uri === 'string' ? vscode.Uri.parse(uri) : vscode.window.activeTextEditor?.document.uri;
  return chosen?.fsPath;
}

/** What a command prints; what is wrong is shown in its place. */
function output(program, file, words) {
  return new Promise((resolve) => {
    const options = { env: asNode, cwd: dirname(file), maxBuffer: 1e8 };
    execFile(process.execPath, [program, ...words], options, (error, out, problems) => resolve(error ? problems : out));
  });
}

async function showPage(title, html) {
  const panel = vscode.window.createWebviewPanel('cnnc.report', title, vscode.ViewColumn.Beside, {
    enableScripts: true,
  });
  panel.webview.html = await html;
  return panel;
}

/** The page of the run that was started last, read again whenever training has written it again. */
async function showRun(folder) {
  const page = folder && join(folder, 'report.html');
  if (!page || !existsSync(page)) {
    const message = folder ? 'The run has no report yet.' : 'No network has been trained yet.';
    return vscode.window.showInformationMessage(message);
  }
  const panel = await showPage('Training', readPage(page));
  const again = () => {
    if (existsSync(page)) panel.webview.html = readPage(page);
  };
  watchFile(page, { interval: 2000 }, again);
  panel.onDidDispose(() => unwatchFile(page, again));
}
