/** @file What this machine takes for each kind of work: measured now, or kept in a file of the user's choice. */
import { readFile } from 'node:fs/promises';
import { COMPILER_VERSION } from '../common/version.ts';
import { DiagnosticError } from '../diagnostics/diagnostic.ts';
import type { TargetName } from '../targets/target.ts';
import { calibrate } from '../tuning/calibrate.ts';
import { type Calibration, problemInCalibration } from '../tuning/calibration.ts';
import { commandDiagnostic } from './codes.ts';
import { progressLine } from './progress-line.ts';
import type { Terminal } from './terminal.ts';
import { describeMachine } from './tuning-file.ts';
import { requireWritable, writeFiles } from './write-files.ts';

/**
 * Of the file, if there is one; else measured, which takes seconds, and written there. Throws CNN4207 where it cannot be
 * written, CNN4216 for a file that is no calibration.
 */
export async function calibrationOf(file: string | true, target: TargetName, terminal: Terminal): Promise<Calibration> {
  const kept = file === true ? undefined : await readCalibration(file, target);
  if (kept) {
    tellOrigin(kept, file as string, terminal);
    return kept;
  }
  if (file !== true) await requireWritable(file);
  const onProgress = progressLine(terminal);
  const found: Calibration = { ...describeMachine(), ...(await calibrate(target, onProgress)) };
  onProgress('');
  if (file !== true) {
    await writeFiles(new Map([[file, `${JSON.stringify(found, null, 2)}\n`]]));
    terminal.err(`${file}: this machine, ${found.engine}, ${target}\n`);
  }
  return found;
}

async function readCalibration(file: string, target: TargetName): Promise<Calibration | undefined> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    throw broken(file, `the system says ${code}`);
  }
  const found = parsed(text);
  const problem = found === undefined ? 'it is not JSON' : problemInCalibration(found);
  if (problem) throw broken(file, problem);
  const calibration = found as Calibration;
  if (calibration.target !== target) throw broken(file, `it is of \`${calibration.target}\`, not of \`${target}\``);
  return calibration;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function broken(file: string, reason: string): DiagnosticError {
  const help = 'name a file that is not there yet, or none: then this machine is measured';
  return new DiagnosticError(commandDiagnostic('CNN4216', `\`${file}\` is no calibration that fits: ${reason}`, help));
}

/** It may well be of another machine: that is what one can ask about. */
function tellOrigin({ compiler, engine, processor }: Calibration, file: string, terminal: Terminal): void {
  const here = describeMachine();
  const compiled = compiler === COMPILER_VERSION ? '' : `, cnnc ${compiler}, this is ${COMPILER_VERSION}`;
  const differs = processor !== here.processor || engine !== here.engine;
  if (differs || compiled) terminal.err(`${file} is of ${processor}, ${engine}${compiled}\n`);
}
