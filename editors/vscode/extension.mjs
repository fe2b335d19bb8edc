/** @file The extension: starts the language server, and runs commands of `cnnc` for the file that is open. */
import { execFile } from 'node:child_process';
import { dirname } from 'node:path';
import * as vscode from 'vscode';
import { LanguageClient, TransportKind } from 'vscode-languageclient/node';

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
  context.subscriptions.push(
    vscode.commands.registerCommand('cnnc.summary', (uri, network) => showSummary(program, fileOf(uri), network)),
    vscode.commands.registerCommand('cnnc.report', (uri, network) => showReport(program, fileOf(uri), network)),
    vscode.commands.registerCommand('cnnc.train', (uri, network) => train(program, fileOf(uri), network)),
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

const ofNetwork = (network) => (typeof network === 'string' ? ['--network', network] : []);

/** What a command prints; what is wrong is shown in its place. */
function output(program, file, words) {
  return new Promise((resolve) => {
    const options = { env: asNode, cwd: dirname(file), maxBuffer: 1e8 };
    execFile(process.execPath, [program, ...words], options, (error, out, problems) => resolve(error ? problems : out));
  });
}

async function showSummary(program, file, network) {
  if (!file) return;
  const content = await output(program, file, ['summary', file, ...ofNetwork(network)]);
  const document = await vscode.workspace.openTextDocument({ content });
  await vscode.window.showTextDocument(document, vscode.ViewColumn.Beside);
}

async function showReport(program, file, network) {
  if (!file) return;
  const panel = vscode.window.createWebviewPanel('cnnc.report', 'Network', vscode.ViewColumn.Beside, {
    enableScripts: true,
  });
  panel.webview.html = await output(program, file, ['summary', file, '--html', '-', ...ofNetwork(network)]);
}

function train(program, file, network) {
  if (!file) return;
  const shellArgs = [program, 'train', file, ...ofNetwork(network)];
  const env = { ELECTRON_RUN_AS_NODE: '1' };
  vscode.window
    .createTerminal({ name: 'cnnc train', shellPath: process.execPath, shellArgs, env, cwd: dirname(file) })
    .show();
}
