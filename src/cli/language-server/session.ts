/**
 * @file What a language server keeps while an editor is open: texts, their versions, settings. Diagnostics of a text are
 * sent when no newer one is in line.
 */
import type { Connection } from 'vscode-languageserver/node';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { Source } from '../../diagnostics/source.ts';
import type { Analysis } from '../../lsp/analysis.ts';
import { Workspace } from '../../lsp/workspace.ts';
import { projectSettings } from '../project-settings.ts';
import { importReader } from '../source-file.ts';
import { protocolDiagnostic, type SourceOf } from './answers.ts';
import { fileOf, uriOf } from './convert.ts';
import { ProjectFiles } from './project-files.ts';

export interface Settings {
  readonly inlayHints: boolean;
  readonly codeLens: boolean;
  /** The editor knows the commands `cnnc.summary`, `cnnc.report` and `cnnc.train`. */
  readonly commands: boolean;
}

export class Session {
  readonly files = new ProjectFiles();
  readonly workspace: Workspace;
  settings: Settings = { inlayHints: true, codeLens: true, commands: false };
  readonly #versions = new Map<string, number>();
  /** Texts of which mistakes have been told. */
  readonly #wrong = new Set<string>();

  constructor(readonly connection: Connection) {
    this.workspace = new Workspace({
      read: (path, importer) => importReader(importer)(path, importer),
      files: this.files.all,
      levels: (file) => {
        const found = projectSettings(file);
        return 'problem' in found ? {} : found.levels;
      },
    });
  }

  /** Of a text that is open or has been imported. */
  sourceOf(file: string): Source | undefined {
    const open = this.workspace.textOf(file);
    if (open !== undefined) return new Source(file, open);
    const known = this.files.all().find((one) => one.file === file);
    const imported = this.workspace.open.flatMap((one) => this.workspace.analysis(one)?.imported ?? []);
    const text = known?.text ?? imported.find((one) => one.file === file)?.text;
    return text === undefined ? undefined : new Source(file, text);
  }

  take(uri: string, version: number, text: string): void {
    this.workspace.set(fileOf(uri), text);
    this.#versions.set(uri, version);
    for (const file of this.workspace.open) void this.#tell(uriOf(file));
  }

  drop(uri: string): void {
    this.workspace.close(fileOf(uri));
    this.#versions.delete(uri);
    void this.connection.sendDiagnostics({ uri, diagnostics: [] });
  }

  /** Files on the disk are others now. */
  refresh(): void {
    this.files.forget();
    this.workspace.changed();
    for (const uri of this.#versions.keys()) void this.#tell(uri);
  }

  configure(given: Partial<Settings> | undefined): void {
    this.settings = { ...this.settings, ...given };
  }

  /** Mistakes are told before advice, which takes longer; before each a newer text may come instead. */
  async #tell(uri: string): Promise<void> {
    const version = this.#versions.get(uri);
    const file = fileOf(uri);
    const isNewest = async () => {
      // Its message is read before this goes on.
      await new Promise(setImmediate);
      await new Promise(setImmediate);
      return version !== undefined && this.#versions.get(uri) === version;
    };
    const send = ({ source }: Analysis, found: readonly Diagnostic[]) => {
      const sourceOf: SourceOf = (name) => (name === file ? source : this.sourceOf(name));
      const diagnostics = found.map((one) => protocolDiagnostic(one, file, sourceOf));
      return this.connection.sendDiagnostics({ uri, ...(version !== undefined && { version }), diagnostics });
    };
    if (!(await isNewest())) return;
    const analysis = this.workspace.analysis(file);
    if (!analysis) return;
    const isWrong = analysis.mistakes.some(({ severity }) => severity === 'error');
    // Advice that still holds does not flicker.
    if (isWrong || this.#wrong.has(uri)) await send(analysis, analysis.mistakes);
    if (isWrong) this.#wrong.add(uri);
    else this.#wrong.delete(uri);
    if (await isNewest()) await send(analysis, analysis.diagnostics());
  }
}
