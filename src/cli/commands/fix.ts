/**
 * @file `cnnc fix FILE…`: makes the changes of diagnostics that are certain, and says what each does to the network. A
 * file is written only where its new text has no more errors than the old one.
 */
import { thousands } from '../../analysis/figure-texts.ts';
import { compileSource } from '../../compile.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { errorsIn, type Mended, type MendingRound, mend, type Understood } from '../../lint/mend.ts';
import { format } from '../../syntax/format.ts';
import { parse } from '../../syntax/parse.ts';
import { type CompileFileOptions, readForCompiler } from '../compile-file.ts';
import { EXIT, reportDiagnostics, sourcesOf } from '../report.ts';
import type { Terminal } from '../terminal.ts';
import { writeFiles } from '../write-files.ts';

export interface FixOptions extends CompileFileOptions {
  /** Only what has one of these codes. */
  readonly code?: readonly string[];
  /** Write nothing. */
  readonly dryRun?: boolean;
}

/** Exit status 1 where errors are left. */
export async function fix(paths: readonly string[], options: FixOptions, terminal: Terminal): Promise<number> {
  let status: number = EXIT.success;
  for (const path of paths) status = Math.max(status, await fixFile(path, options, terminal));
  return status;
}

async function fixFile(path: string, options: FixOptions, terminal: Terminal): Promise<number> {
  const read = await readForCompiler(path, { ...options, library: true }, terminal);
  if ('problem' in read) {
    reportDiagnostics([read.problem], new Map(), terminal);
    return EXIT.failure;
  }
  const { source, request } = read;
  const compile = (text: string) => compileSource(text, source.name, request);
  const mended = mend(source.text, source.name, compile, (code) => options.code?.includes(code) ?? true);
  const text = mended.rounds.length > 0 ? formatted(mended, source.name, compile) : source.text;
  // Standard output is for the text, where that was standard input.
  const say = path === '-' ? terminal.err : terminal.out;
  for (const round of mended.rounds) say(roundText(round));
  for (const { code, message } of mended.refused)
    say(`${code}: ${message}: not mended, as other errors would follow\n`);
  say(conclusion(source.name, mended, options.dryRun === true));
  if (path === '-') (terminal.content ?? terminal.out)(options.dryRun ? source.text : text);
  else if (!options.dryRun && text !== source.text) await writeFiles(new Map([[path, text]]));
  const errors = mended.understood.diagnostics.filter(({ severity }) => severity === 'error');
  reportDiagnostics(errors, sourcesOf([{ ...source, text: mended.text }]), terminal);
  return errors.length > 0 ? EXIT.failure : EXIT.success;
}

/** What has syntax errors cannot be laid out. */
function formatted({ text, understood }: Mended, file: string, compile: (text: string) => Understood): string {
  const { program, diagnostics } = parse(text, file);
  if (diagnostics.length > 0) return text;
  const laidOut = format(program, text);
  return errorsIn(compile(laidOut)) > errorsIn(understood) ? text : laidOut;
}

function roundText({ mended, before, after }: MendingRound): string {
  const lines = mended.map((one) => `${one.code}: ${one.message}: ${done(one)}\n`);
  if (!before || !after) return lines.join('');
  const numbers = [
    change('parameters', thousands(before.parameters), thousands(after.parameters)),
    change('MACs', thousands(before.macs), thousands(after.macs)),
    change('field', before.sees?.join('x') ?? 'all', after.sees?.join('x') ?? 'all'),
  ];
  return `${lines.join('')}  ${numbers.join(', ')}\n`;
}

function done({ fix: made }: Diagnostic): string {
  return made!.message;
}

function change(what: string, before: string, after: string): string {
  return before === after ? `${what} ${before} as before` : `${what} ${before} -> ${after}`;
}

function conclusion(name: string, { rounds }: Mended, dryRun: boolean): string {
  const count = rounds.reduce((sum, { mended }) => sum + mended.length, 0);
  if (count === 0) return `${name}: nothing that is certain to fix\n`;
  const what = count === 1 ? '1 thing' : `${count} things`;
  return `${name}: ${what} ${dryRun ? 'to fix; nothing was written' : 'fixed'}\n`;
}
