/**
 * @file Training in a terminal, with the curve of the loss in the status bar; a click on it opens the report of the run, as
 * far as it has come. Runs are kept in the storage of the extension, in a folder each.
 */
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { rowsOf, statusText } from './curve.mjs';

/** Milliseconds from one look at the log to the next. */
const EVERY = 1000;

/** A page in the editor cannot read itself again, as a browser's does. */
export function readPage(path) {
  return readFileSync(path, 'utf8').replace(/<meta http-equiv="refresh"[^>]*>\n?/, '');
}

export class Training {
  #item;
  #timer;
  #run;

  /** `vscode`: the editor; `host`: its own program as Node. */
  constructor(vscode, context, program, host) {
    this.vscode = vscode;
    this.storage = context.globalStorageUri.fsPath;
    this.program = program;
    this.host = host;
    this.#item = vscode.window.createStatusBarItem(vscode.StatusBarAlignment.Left);
    this.#item.command = 'cnnc.runReport';
    this.#item.tooltip = 'Training of cnnc: open the report of the run';
    context.subscriptions.push(this.#item, { dispose: () => clearInterval(this.#timer) });
    context.subscriptions.push(
      vscode.window.onDidCloseTerminal((terminal) => terminal === this.#run?.terminal && this.#end()),
    );
  }

  /** The folder of the run that was started last. */
  get folder() {
    return this.#run?.out;
  }

  start(file, words) {
    const name = basename(file, '.cnn');
    const runs = join(this.storage, 'runs');
    mkdirSync(runs, { recursive: true });
    let number = 1;
    while (existsSync(join(runs, `${name}-${number}`))) number++;
    const out = join(runs, `${name}-${number}`);
    const terminal = this.vscode.window.createTerminal({
      name: `cnnc train ${name}`,
      shellPath: this.host.path,
      shellArgs: [this.program, 'train', file, ...words, '--out', out, '--report', 'live'],
      env: this.host.env,
      cwd: dirname(file),
    });
    terminal.show(true);
    clearInterval(this.#timer);
    this.#run = { out, terminal };
    this.#item.text = `$(sync~spin) ${name}`;
    this.#item.show();
    this.#timer = setInterval(() => this.look(), EVERY);
  }

  /** Shows how far the run is. */
  look() {
    const log = this.#run && join(this.#run.out, 'metrics.jsonl');
    if (!log || !existsSync(log)) return;
    const text = statusText(rowsOf(readFileSync(log, 'utf8')));
    if (text) this.#item.text = text;
  }

  /** What it showed last stays: its report can still be opened. */
  #end() {
    this.look();
    clearInterval(this.#timer);
    if (!existsSync(this.#run.out)) this.#item.hide();
  }
}
