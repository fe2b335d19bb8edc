/** @file Which builds a tuning is used for. */
import { COMPILER_VERSION } from '../common/version.ts';
import type { EmitOptions } from '../compile.ts';
import type { Elaboration } from '../semantics/model.ts';
import type { TrainerTargetName } from '../targets/target.ts';
import { targetNamed } from '../targets/targets.ts';
import { emitOptions, networkHash, type Tuning } from '../tuning/tuning.ts';
import type { Terminal } from './terminal.ts';
import { describeMachine, readTuning, tuningPath } from './tuning-file.ts';

/** Options of commands that build a module. */
export interface TunedBuild {
  readonly target: TrainerTargetName;
  readonly skip?: readonly string[];
  /** `false`: as if there were no tuning. */
  readonly tune?: boolean;
}

/** Of the module of the source at `path`, tuned if there is a tuning that fits; says so. Throws CNN4208. */
export async function tunedOptions(
  path: string,
  elaboration: Elaboration,
  { target, skip, tune }: TunedBuild,
  terminal: Terminal,
): Promise<EmitOptions> {
  const usual = { target, passes: { skip } };
  if (path === '-' || !targetNamed(target).tunable || tune === false) return usual;
  const file = tuningPath(path);
  const tuning = await readTuning(file);
  if (!tuning) return usual;
  if (tuning.compiler !== COMPILER_VERSION) {
    terminal.err(`${file} is of cnnc ${tuning.compiler}, this is ${COMPILER_VERSION}: not used\n`);
    return usual;
  }
  terminal.err(`tuned by ${file}${otherMachine(tuning)}\n`);
  const passes = tuning.hash === networkHash(elaboration) ? tuning.passes : {};
  return { target, ...emitOptions(tuning.kernels, passes, skip) };
}

/** It is used all the same: a module may well be for the machine that was measured. */
function otherMachine({ engine, processor }: Tuning): string {
  const here = describeMachine();
  if (processor !== here.processor) return `, measured on ${processor}`;
  return engine === here.engine ? '' : `, measured with ${engine}, this is ${process.versions.v8}`;
}
