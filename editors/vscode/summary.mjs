/** @file The summary of a network beside its text: a document that nobody edits, made again when the text is saved. */

const SCHEME = 'cnnc-summary';

export class Summaries {
  /** By the address of the document: what it is the summary of. */
  #shown = new Map();

  /** `print`: what `cnnc summary` says of a file. */
  constructor(vscode, context, print) {
    this.vscode = vscode;
    const changed = new vscode.EventEmitter();
    const provider = {
      onDidChange: changed.event,
      provideTextDocumentContent: (uri) => {
        const { file, words } = this.#shown.get(uri.toString());
        return print(file, words);
      },
    };
    context.subscriptions.push(
      vscode.workspace.registerTextDocumentContentProvider(SCHEME, provider),
      vscode.workspace.onDidCloseTextDocument(({ uri }) => this.#shown.delete(uri.toString())),
      // What it imports may have changed as well.
      vscode.workspace.onDidSaveTextDocument(({ uri }) => {
        if (/\.cnn$|cnnc\.json$/.test(uri.path)) for (const { uri } of this.#shown.values()) changed.fire(uri);
      }),
    );
  }

  async show(file, words) {
    const { Uri, ViewColumn, window, workspace } = this.vscode;
    const uri = Uri.from({ scheme: SCHEME, path: `${file} summary`, query: words.join(' ') });
    this.#shown.set(uri.toString(), { uri, file, words });
    const document = await workspace.openTextDocument(uri);
    await window.showTextDocument(document, { viewColumn: ViewColumn.Beside, preserveFocus: true });
  }
}
