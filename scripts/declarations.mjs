/** @file The declarations of the library: of one file and of those whose types it names, each by itself. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ts from 'typescript';

/** From the names of the files to their declarations. Throws where a file leaves a type to be inferred. */
export function declarations(entry) {
  const texts = new Map();
  const add = (fileName) => {
    if (texts.has(fileName)) return;
    const compilerOptions = { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext };
    const { outputText, diagnostics } = ts.transpileDeclaration(readFileSync(fileName, 'utf8'), {
      fileName,
      compilerOptions,
      reportDiagnostics: true,
    });
    if (diagnostics.length > 0) throw new Error(`${fileName}: ${ts.formatDiagnostics(diagnostics, HOST)}`);
    texts.set(fileName, outputText.replace(/(from '\.[^']*)\.ts'/g, "$1.js'"));
    for (const [, specifier] of outputText.matchAll(/(?:from|import\()\s*['"](\.[^'"]*)['"]/g))
      add(join(dirname(fileName), specifier));
  };
  add(entry);
  return texts;
}

const HOST = {
  getCanonicalFileName: (name) => name,
  getCurrentDirectory: () => process.cwd(),
  getNewLine: () => '\n',
};
