/** @file `cnnc fmt FILE…`: the one way to lay out a `.cnn` file. A file with syntax errors is left alone. */
import { format } from '../../syntax/format.ts';
import { parse } from '../../syntax/parse.ts';
import { EXIT, reportDiagnostics, sourcesOf } from '../report.ts';
import { readSource } from '../source-file.ts';
import type { Terminal } from '../terminal.ts';
import { writeFiles } from '../write-files.ts';

export interface FmtOptions {
  /** Write nothing; exit status 1 when a file is not as it should be. */
  readonly check?: boolean;
}

export async function fmt(paths: readonly string[], options: FmtOptions, terminal: Terminal): Promise<number> {
  let status: number = EXIT.success;
  for (const path of paths) status = Math.max(status, await formatFile(path, options, terminal));
  return status;
}

async function formatFile(path: string, { check }: FmtOptions, terminal: Terminal): Promise<number> {
  const read = await readSource(path, terminal);
  if ('problem' in read) {
    reportDiagnostics([read.problem], new Map(), terminal);
    return EXIT.failure;
  }
  const { source } = read;
  const { program, diagnostics } = parse(source.text, source.name);
  if (diagnostics.length > 0) {
    reportDiagnostics(diagnostics, sourcesOf([source]), terminal);
    return EXIT.failure;
  }
  const formatted = format(program, source.text);
  const isSame = formatted === source.text;
  if (check && !isSame) terminal.err(`${source.name} is not formatted\n`);
  if (check) return isSame ? EXIT.success : EXIT.failure;
  if (path === '-') (terminal.content ?? terminal.out)(formatted);
  else if (!isSame) await writeFiles(new Map([[path, formatted]]));
  return EXIT.success;
}
